/** Finds what is being typed at the caret: a key, or the value of a key. The string need not be a valid query yet. */
export interface CompletionPlace {
  /** The key whose value is typed; absent while a key or free text is typed. */
  readonly key?: string;
  /** The part before the caret, without quotes. */
  readonly prefix: string;
  /** The range that a completion replaces. */
  readonly start: number;
  readonly end: number;
}

const term = /("(?:[^"\\]|\\.)*"?|[^\s(){}:=<>"]+)(?:([:=]|[<>]=?)((?:"(?:[^"\\]|\\.)*"?|[^\s(){}"])*))?/y;

/** @returns `undefined` where nothing can be completed: in a number, or in quoted text. */
export function completionAt(text: string, caretAt: number): CompletionPlace | undefined {
  const caret = Math.min(caretAt, text.length); // the input may have been shortened since the caret was read
  let at = 0;
  while (at < caret) {
    // A sign or a bracket comes before a term; a dash inside a word belongs to the word.
    if (/[\s(){}-]/.test(text.charAt(at))) {
      at++;
      continue;
    }
    term.lastIndex = at;
    const [whole = text.charAt(at), key = '', operator, value = ''] = term.exec(text) ?? [];
    const end = at + whole.length;
    if (caret <= end) return placeIn({ key, operator, value, start: at, end }, text, caret);
    at = end;
  }
  return { prefix: '', start: caret, end: caret };
}

interface TypedTerm {
  readonly key: string;
  readonly operator: string | undefined;
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

function placeIn(typed: TypedTerm, text: string, caret: number): CompletionPlace | undefined {
  const keyEnd = typed.start + typed.key.length;
  if (caret <= keyEnd) {
    if (typed.key.startsWith('"')) return undefined;
    return { prefix: text.slice(typed.start, caret), start: typed.start, end: keyEnd };
  }
  if (typed.operator === undefined || /[<>]/.test(typed.operator)) return undefined;
  const valueStart = keyEnd + typed.operator.length;
  const prefix = unquote(text.slice(valueStart, caret));
  return { key: unquote(typed.key), prefix, start: valueStart, end: typed.end };
}

function unquote(text: string): string {
  return text.replace(/\\(["\\])|"/g, '$1');
}

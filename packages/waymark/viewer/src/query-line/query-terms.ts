/** The query language, as the viewer needs it. */
export interface QueryProblem {
  readonly message: string;
  /** Which part of the text it is about. */
  readonly start: number;
  readonly end: number;
}

export function readQuery(_text: string): { readonly problem?: QueryProblem } {
  return {};
}

export function completionAtCaret(
  text: string,
  caret: number,
): { key?: string; prefix: string; start: number; end: number } | undefined {
  const start = text.lastIndexOf(' ', caret - 1) + 1;
  const word = text.slice(start, caret);
  const colon = word.indexOf(':');
  if (colon < 0) return { prefix: word, start, end: caret };
  return { key: word.slice(0, colon), prefix: word.slice(colon + 1), start: start + colon + 1, end: caret };
}

export function quoteValue(value: string): string {
  return /^[\w./-]+$/.test(value) ? value : JSON.stringify(value);
}

export function termState(query: string, key: string, value: string): 'included' | 'excluded' | 'none' {
  const term = `${key}:${quoteValue(value)}`;
  const words = query.split(' ');
  return words.includes(term) ? 'included' : words.includes(`-${term}`) ? 'excluded' : 'none';
}

export function toggleTerm(query: string, key: string, value: string, isExcluded: boolean): string {
  return `${query} ${isExcluded ? '-' : ''}${key}:${quoteValue(value)}`.trim();
}

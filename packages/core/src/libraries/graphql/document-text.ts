/**
 * GraphQL documents without their literals, and the operations that are in them. It reads tokens, not the grammar: it takes time linear in
 * the text, also for a document that is not valid.
 *
 * Strings and numbers become `?`, a list of them one `?`. Names, enum values, `true`, `false`, `null` and variables stay. Comments go.
 *
 * @see https://spec.graphql.org/September2025/#sec-Language.Source-Text
 */
import { createRecentValues } from '../recent-values.ts';

export type OperationType = 'query' | 'mutation' | 'subscription';

export interface NamedOperation {
  readonly type: OperationType;
  readonly name: string | undefined;
}

export interface DocumentText {
  /** Without literals, at most {@link maxDocumentLength} characters, then `…`. */
  readonly text: string;
  /** At most {@link maxOperations}. */
  readonly operations: readonly NamedOperation[];
}

/** As long as a statement of SQL may be in practice; a document that a tool has generated may be a megabyte. */
export const maxDocumentLength = 4096;

// Only for documents whose operations are read from the text. The rest of a longer one is not read.
const maxRead = 262_144;
const maxOperations = 50;

// Documents repeat: an application has a few hundred.
const known = createRecentValues<DocumentText>(500, 1_000_000);
const maxKeyLength = 16_384;

/** Reads a document. What was read is kept for the documents that were used last. Never throws. */
export function readDocument(source: string): DocumentText {
  const earlier = source.length > maxKeyLength ? undefined : known.get(source);
  if (earlier !== undefined) return earlier;
  const document = new DocumentReader(source).read();
  if (source.length <= maxKeyLength) known.set(source, document);
  return document;
}

const nameToken = /[_A-Za-z][_0-9A-Za-z]*/y;
const numberToken = /-?[0-9][0-9A-Za-z_.+-]*/y;
/** Whitespace, commas, comments and the byte order mark. */
const ignoredToken = /(?:[\t\n\r ,\uFEFF]|#[^\n\r]*)+/y;
const punctuator = /[!$&()*:=@[\]{|}.]/y;
const lineString = /"(?:[^"\\\n\r]|\\[^\n\r])*"/y;

class DocumentReader {
  private readonly source: string;
  private at = 0;
  private out = '';
  private isFull = false;
  private depth = 0;
  /** What a top-level definition is, until its braces close. */
  private definition: 'none' | 'operation' | 'other' = 'none';
  /** Whether the next name is that of an operation. */
  private awaitsName = false;
  private readonly operations: { type: OperationType; name: string | undefined }[] = [];

  constructor(source: string) {
    this.source = source;
  }

  read(): DocumentText {
    const end = Math.min(this.source.length, maxRead);
    while (this.at < end && this.readToken());
    const isCut = this.isFull || this.at < this.source.length;
    const text = this.out.trimEnd();
    return { text: isCut ? `${text}…` : text, operations: this.operations };
  }

  /** @returns Whether reading goes on. Behind a character that no token begins with, nothing is known to be no literal. */
  private readToken(): boolean {
    const ignored = this.match(ignoredToken);
    if (ignored !== undefined) {
      if (this.out !== '') this.write(ignored.includes(',') && !ignored.includes('#') ? ', ' : ' ');
      return true;
    }
    const name = this.match(nameToken);
    if (name !== undefined) {
      this.noteName(name);
      this.write(name);
      return true;
    }
    if (this.source.charCodeAt(this.at) === quote) return this.readString();
    if (this.match(numberToken) !== undefined) {
      this.writeLiteral();
      return true;
    }
    const mark = this.match(punctuator);
    if (mark === undefined) return false;
    this.notePunctuator(mark);
    this.write(mark);
    return true;
  }

  private readString(): boolean {
    const { source, at } = this;
    if (source.startsWith('"""', at)) {
      const end = endOfBlock(source, at + 3);
      if (end === -1) return false;
      this.at = end;
    } else if (this.match(lineString) === undefined) return false;
    this.writeLiteral();
    return true;
  }

  private match(token: RegExp): string | undefined {
    token.lastIndex = this.at;
    if (!token.test(this.source)) return undefined;
    const text = this.source.slice(this.at, token.lastIndex);
    this.at = token.lastIndex;
    return text;
  }

  private write(text: string): void {
    if (this.isFull) return;
    if (this.out.length + text.length > maxDocumentLength) this.isFull = true;
    else this.out += text;
  }

  private writeLiteral(): void {
    if (this.isFull) return;
    const { out } = this;
    const separator = out.endsWith('?, ') ? 2 : out.endsWith('? ') ? 1 : 0;
    if (separator > 0) this.out = out.slice(0, -separator);
    else this.write('?');
  }

  private noteName(name: string): void {
    if (this.depth > 0) return;
    if (this.awaitsName) {
      this.awaitsName = false;
      const operation = this.operations.at(-1);
      if (operation !== undefined) operation.name = name;
    } else if (this.definition === 'none') {
      if (name === 'query' || name === 'mutation' || name === 'subscription') {
        this.awaitsName = this.addOperation(name);
        this.definition = 'operation';
      } else this.definition = 'other';
    }
  }

  private notePunctuator(mark: string): void {
    this.awaitsName = false;
    if (mark === '{' || mark === '(' || mark === '[') {
      if (this.depth === 0 && mark === '{' && this.definition === 'none') {
        this.addOperation('query');
        this.definition = 'operation';
      }
      this.depth++;
    } else if (mark === '}' || mark === ')' || mark === ']') {
      if (this.depth > 0) this.depth--;
      if (this.depth === 0 && mark === '}') this.definition = 'none';
    }
  }

  private addOperation(type: OperationType): boolean {
    if (this.operations.length >= maxOperations) return false;
    this.operations.push({ type, name: undefined });
    return true;
  }
}

const quote = 0x22;

/** Behind the `"""` that ends a block string; -1 if there is none. `\"""` does not end it. */
function endOfBlock(source: string, from: number): number {
  for (let at = source.indexOf('"""', from); at !== -1; at = source.indexOf('"""', at + 3)) {
    if (source[at - 1] !== '\\') return at + 3;
  }
  return -1;
}

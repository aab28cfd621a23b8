/** Reads the message in an answer, as one line for people: receivers send it as plain text, as JSON, or as a web page. */
import { toPrintable } from '../printable-text.ts';

export interface AnswerText {
  /** In lower case; empty without that header. */
  readonly contentType: string;
  readonly body: Buffer;
}

// A line of `diagnostics.ts` has room for that much, next to the address and the remedy. The rest seldom helps.
const maxShownLength = 150;

// The rest is never shown.
const maxReadBytes = 16 * 1024;

/** One line without control characters. */
export function toLine(text: string): string {
  return toPrintable(text.replace(/\s+/g, ' ').trim());
}

/** Call it after secrets have been replaced: a secret that was cut is not recognized. */
export function shorten(line: string): string {
  return line.length > maxShownLength ? `${line.slice(0, maxShownLength)}…` : line;
}

/** `undefined` without readable text. */
export function textOf({ contentType, body }: AnswerText): string | undefined {
  const isCut = body.length > maxReadBytes; // maybe in the middle of a character
  const text = body
    .toString('utf8', 0, Math.min(body.length, maxReadBytes))
    .replace(isCut ? /\ufffd+$/ : /^\ufeff/, '');
  if (unreadable.test(text)) return undefined;
  const found = isMarkup({ contentType, body }) ? textOfPage(text) : (messageInJson(body) ?? text);
  return toLine(found) || undefined;
}

/** Whether it is HTML or XML, by its type or by its first character. */
export function isMarkup({ contentType, body }: AnswerText): boolean {
  return /^(text\/html|application\/xhtml)/.test(contentType) || /^\ufeff?\s*</.test(body.toString('utf8', 0, 256));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const unreadable = /[\u0000-\u0008\u000e-\u001a\ufffd]/;

/** The title of a page, or else its text. */
function textOfPage(page: string): string {
  const title = /<title[^>]*>([^<]*)/i.exec(page)?.[1]?.trim();
  return title || page.replace(/<(script|style)\b.*?(<\/\1>?|$)/gis, ' ').replace(/<[^>]*>?/g, ' ');
}

// As in google.rpc.Status, Spring, RFC 9457, GraphQL, and formats of vendors.
const messageKeys = ['message', 'error', 'errors', 'detail', 'title', 'description', 'reason', 'msg'];

/** The message in an error that is JSON, or `undefined`. */
function messageInJson(body: Buffer): string | undefined {
  if (body.length > maxReadBytes) return undefined;
  try {
    return findMessage(JSON.parse(body.toString()), 3);
  } catch {
    return undefined;
  }
}

function findMessage(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return value.trim() || undefined;
  if (typeof value !== 'object' || value === null || depth === 0) return undefined;
  if (Array.isArray(value)) return findMessage(value[0], depth - 1);
  for (const key of messageKeys) {
    const message = Object.hasOwn(value, key) ? findMessage(Reflect.get(value, key), depth - 1) : undefined;
    if (message !== undefined) return message;
  }
  return undefined;
}

/** The forms of what a receiver at the other end of HTTP is reached with: its address, headers and certificates. */
import { readFileSync } from 'node:fs';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { keyValues, type TextForm } from './forms.ts';
import { type Form, Unreadable } from './setting.ts';

/** An address in full. */
export function httpUrl(example: string): TextForm<string> {
  return {
    check: (value) => readHttpUrl(value instanceof URL ? value.href : value)?.href ?? notHttpUrl(example),
    read: (text) => readHttpUrl(text)?.href ?? notHttpUrl(example),
  };
}

export function notHttpUrl(example: string): Unreadable {
  return new Unreadable(`an http or https URL, such as ${example}`);
}

export function readHttpUrl(text: unknown): URL | undefined {
  if (typeof text !== 'string' || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}

/** Without what may be a secret: user and password, and the values of the query. */
export function showUrl(value: unknown): string {
  return String(value)
    .replace(/^(\w+:\/\/)?[^/?#]*@/, '$1REDACTED@')
    .replace(/\?.*/s, '?REDACTED');
}

export function checkHeaders(value: unknown): Readonly<Record<string, string>> | Unreadable {
  const pairs = keyValues.check(value);
  return pairs instanceof Unreadable ? pairs : usableHeaders(pairs);
}

export function readHeaders(text: string): Readonly<Record<string, string>> | Unreadable {
  const pairs = keyValues.read(text);
  return pairs instanceof Unreadable ? pairs : usableHeaders(pairs);
}

/** Checked here, since Node's HTTP client throws where it is given others. */
function usableHeaders(pairs: Readonly<Record<string, string>>): Readonly<Record<string, string>> | Unreadable {
  const usable: [string, string][] = [];
  for (const [name, value] of Object.entries(pairs)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      return new Unreadable('names and values that HTTP allows');
    }
    usable.push([name.toLowerCase(), value]);
  }
  return Object.fromEntries(usable);
}

export function showHeaders(value: unknown): string {
  return typeof value === 'object' && value !== null ? Object.keys(value).join(', ') || 'none' : hide();
}

export function hide(): string {
  return '(not shown)';
}

/** The contents of a PEM file: by path in the environment, as text or bytes in code. */
export const pem: Form<string | Buffer> = {
  read(path) {
    try {
      return readFileSync(path);
    } catch (error) {
      return new Unreadable(`the path of a readable PEM file (${(error as Error).message})`); // fs throws errors
    }
  },
  check: (value) =>
    typeof value === 'string' || Buffer.isBuffer(value) ? value : new Unreadable('PEM as a string or Buffer'),
};

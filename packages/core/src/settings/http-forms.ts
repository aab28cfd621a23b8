/** The forms of what a receiver at the other end of HTTP is reached with: its address, headers and certificates. */
import { readFileSync } from 'node:fs';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { keyValues, type TextForm } from './forms.ts';
import { type Form, Unreadable } from './setting.ts';

/** An address in full. */
export function httpUrl(example: string): TextForm<string> {
  const read = (value: unknown): string | Unreadable => readHttpUrl(value)?.href ?? notHttpUrl(value, example);
  return { check: (value) => read(value instanceof URL ? value.href : value), read };
}

/**
 * In place of an address that is no http or https URL.
 *
 * @param example One that would do. If the scheme is all that is missing, the message names the given address instead.
 */
export function notHttpUrl(given: unknown, example: string): Unreadable {
  return new Unreadable(`an http or https URL, such as ${withScheme(given, new URL(example)) ?? example}`);
}

/** `collector:4318` as `http://collector:4318/v1/traces`. */
function withScheme(given: unknown, { port, pathname }: URL): string | undefined {
  // A host, its port and a path. What may hold a secret (user info, a query) is not repeated.
  const parts =
    typeof given === 'string' ? /^(?:\/\/)?(\[[\da-f:]+\]|[\w.-]+)(:\d+)?(\/[\w./-]*)?$/i.exec(given.trim()) : null;
  const [, host, givenPort = `:${port}`, path = '/'] = parts ?? [];
  if (host === undefined) return undefined;
  const url = readHttpUrl(`http://${host}${givenPort}${path === '/' ? pathname : path}`);
  return url?.pathname === '/' ? url.origin : url?.href;
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

/** The forms of the settings for an HTTP connection: address, headers and certificates. */
import { readFileSync } from 'node:fs';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { keyValues, type TextForm } from './forms.ts';
import { type Form, Unreadable } from './setting.ts';

/** A full address. */
export function httpUrl(example: string): TextForm<string> {
  const read = (value: unknown): string | Unreadable => readHttpUrl(value)?.href ?? notHttpUrl(value, example);
  return { check: (value) => read(value instanceof URL ? value.href : value), read };
}

/**
 * The error for an address that is not an http or https URL.
 *
 * @param example A correct one. If only the scheme is missing, the message shows the given address with a scheme instead.
 */
export function notHttpUrl(given: unknown, example: string): Unreadable {
  return new Unreadable(`an http or https URL, such as ${withScheme(given, new URL(example)) ?? example}`);
}

/** `collector:4318` as `http://collector:4318/v1/traces`. */
function withScheme(given: unknown, { port, pathname }: URL): string | undefined {
  // A host, its port and a path. Parts that may contain a secret (user info, a query) are not repeated.
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

/** The address without parts that may be secret: user, password, and the values of the query. */
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

/** Checks headers here, since Node's HTTP client throws for invalid ones. */
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

/** The contents of a PEM file: by path in the environment, as string or bytes in code. */
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

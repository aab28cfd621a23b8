/** Removes secrets from a string by their form. Takes time linear in the length. */

import { removeRandomStrings } from './random-string.ts';
import { removeFromError, removeHomeFolders } from './remove-from-errors.ts';
import { removeFromUrls } from './remove-from-urls.ts';
import { removeNamedSecrets } from './remove-named-secrets.ts';
import { removeCardNumbers, removeIbans } from './remove-numbers.ts';
import { removeQueryLiterals } from './remove-query-literals.ts';
import { type Removing, replacement } from './secret-kinds.ts';
import { serviceKeys } from './service-keys.ts';

/** The place of a string in a span, as far as the rules depend on it. */
export interface TextPlace {
  /** The attribute's key; absent for other strings, such as names and messages. */
  readonly key?: string | undefined;
  readonly role?: 'query' | 'url-query' | 'error-message' | 'stack' | 'trace-state' | undefined;
  /** `db.system.name` of the span. */
  readonly system?: string | undefined;
  readonly isStrict: boolean;
}

/** Every secret contains at least one of these. */
const suspicious = /[@=:'"/\\]|%40|%3d|\d{8}|[\w+/-]{20}|\s(?:\d|\?)|bearer|basic|token|-----/i;

export function removeSecrets(text: string, place: TextPlace, removing: Removing): string {
  if (text.length < 4 || text === replacement) return text;
  if (place.role === undefined && !place.isStrict && !suspicious.test(text)) return text;
  const { key, role, system, isStrict } = place;
  const isStack = role === 'stack';
  let rest = removePrivateKeys(text, removing);
  if (!isStack) rest = removeQueryLiterals(rest, { system, isQuery: role === 'query' }, removing);
  rest = removeFromUrls(rest, { isQuery: role === 'url-query', isStrict }, removing);
  if (isStack || role === 'error-message') rest = removeFromError(rest, { isStack, system }, removing);
  if (!/^(?:http|url)\./.test(key ?? '')) rest = removeHomeFolders(rest, removing); // a route may be /home/…
  rest = removeCookies(rest, removing);
  rest = removeBearerTokens(rest, removing);
  rest = rest.replace(jwt, (found) => (removing('jwt') ? replacement : found));
  rest = rest.replace(serviceKeys, (found) => (removing('service-key') ? replacement : found));
  rest = removeNamedSecrets(rest, removing);
  rest = removeEmails(rest, removing);
  rest = removeCardNumbers(rest, removing);
  rest = removeIbans(rest, removing);
  if (isStrict) rest = rest.replace(ipAddress, (found) => (removing('client-address') ? replacement : found));
  return role === 'trace-state' ? rest : removeRandomStrings(rest, key, removing);
}

/** RFC 7468; also if the end is cut off, and if line ends are escaped as `\n`. */
function removePrivateKeys(text: string, removing: Removing): string {
  if (!text.includes('PRIVATE KEY')) return text;
  return text.replace(
    /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g,
    (found) => (removing('private-key') ? replacement : found),
  );
}

/** `Cookie: a=b; c=d`, `"set-cookie":"a=b"`. */
function removeCookies(text: string, removing: Removing): string {
  return text.replace(
    /\b((?:set-)?cookie\\?["']?\s{0,3}[:=]\s{0,3}\\?["']?)([^\r\n"'\\]{3,})/gi,
    (whole, name: string, value: string) => (value === replacement || !removing('cookie') ? whole : name + replacement),
  );
}

/** RFC 9110, section 11.4. A plain word, as in `Bearer authentication`, is not a token. */
function removeBearerTokens(text: string, removing: Removing): string {
  return text.replace(
    /(?<![\w-])(bearer|basic|digest|negotiate|token|apikey)(\s{1,3}|%20)([\w.~+/=:-]{6,})/gi,
    (whole, scheme: string, space: string, value: string) => {
      const isWord = /^[A-Z]?[a-z.:/-]+$/.test(value) || value.startsWith(replacement) || /^[\d.:]+$/.test(value);
      return isWord || !removing('bearer-token') ? whole : scheme + space + replacement;
    },
  );
}

/** RFC 7519: header and payload are JSON objects, so they start with `eyJ`. An encrypted token has five parts. */
const jwt = /(?<![\w-])eyJ[\w-]{6,}(?:\.[\w-]*){1,4}/g;

// Addresses of RFC 5322 as used in practice; not versions (`express@5.0.1`), `git@github.com` or pictures (`logo@2x.png`).
const email =
  /(?<![\p{L}\p{N}_.+%-])[\p{L}\p{N}_.+%-]+?(?:@|%40)((?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}\p{L}{2,24})(?![\p{L}\p{N}_-])/gu;

function removeEmails(text: string, removing: Removing): string {
  if (!/@|%40/.test(text)) return text;
  return text.replace(email, (found, domain: string) => {
    if (/^\d+(?:\.\d|x\.)/.test(domain) || found.startsWith('git@') || found.startsWith(`${replacement}@`))
      return found;
    return removing('email') ? replacement : found;
  });
}

/** Without loopback addresses. */
const ipAddress =
  /(?<![\w.])(?!127\.|0\.0\.0\.0)(?:\d{1,3}\.){3}\d{1,3}(?![\w.])|(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}(?::?[0-9a-f]{1,4})(?![\w:])/gi;

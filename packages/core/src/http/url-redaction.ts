/** Secrets in URLs: their values are replaced, everything else stays as it came, byte for byte. */
import { invalidOption } from '../errors.ts';

/** Names of parameters whose values are secrets: in place of the default ones, or beside them. */
export type SecretParameters = readonly string[] | { readonly also: readonly string[] };

export interface UrlRedaction {
  /**
   * @param query Without its leading `?`.
   * @example
   * redaction.query('a=%20b&sig=s3cret') // 'a=%20b&sig=REDACTED'
   */
  query(query: string): string;
  /**
   * A URL without the secrets in its query, and without user name and password.
   *
   * @example
   * redaction.url('https://ada:pw@example.com/a?sig=s3cret#top') // 'https://REDACTED:REDACTED@example.com/a?sig=REDACTED#top'
   */
  url(url: string): string;
}

// HTTP semantic conventions, "url.query": these values are redacted by default, names compared with their case.
const namesOfConventions: readonly string[] = [
  'AWSAccessKeyId',
  'Signature',
  'sig',
  'X-Amz-Credential',
  'X-Amz-Security-Token',
  'X-Amz-Signature',
  'X-Goog-Signature',
];

// What else commonly carries a secret: OAuth 2.0 and OpenID Connect, sessions, keys, sign-up and password mails. Folded, so
// that `access_token`, `accessToken` and `Access-Token` are one.
const commonNames: readonly string[] = [
  'accesskey',
  'accesstoken',
  'apikey',
  'apitoken',
  'assertion',
  'auth',
  'authorization',
  'authtoken',
  'bearer',
  'clientassertion',
  'clientsecret',
  'code',
  'codeverifier',
  'credential',
  'credentials',
  'csrftoken',
  'idtoken',
  'idtokenhint',
  'invitetoken',
  'jwt',
  'logintoken',
  'otp',
  'passphrase',
  'passwd',
  'password',
  'privatekey',
  'pwd',
  'refreshtoken',
  'resettoken',
  'secret',
  'secretkey',
  'session',
  'sessionid',
  'sessiontoken',
  'sid',
  'signature',
  'ticket',
  'token',
  'xsrftoken',
];

const ampersand = 38;
const equalsSign = 61;
const percentSign = 37;
const closingBracket = 93;
const dash = 45;
const dot = 46;
const underscore = 95;

/**
 * Knows which parameters are secrets. User names and passwords before a host are always redacted.
 *
 * @param secrets Compared with what a key is after percent-decoding, without regard to case, `-` and `_`; of a nested key,
 *   such as `user[password]`, the last part counts. Default: the conventions' list (with its case), and common secrets.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is no list of names.
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 */
export function createUrlRedaction(secrets: SecretParameters = { also: [] }): UrlRedaction {
  const isReplacement = Array.isArray(secrets);
  const given: unknown = isReplacement ? secrets : (secrets as { also?: unknown } | null)?.also; // checked on the next line
  if (!Array.isArray(given) || !given.every((name) => typeof name === 'string' && fold(name) !== '')) {
    throw invalidOption(
      'redactQuery',
      secrets,
      'an array of parameter names, or { also: [...] }',
      "Use { also: ['voucher'] } to redact more than the default.",
    );
  }
  const exact = new Set(isReplacement ? [] : namesOfConventions);
  const folded = new Set([...(isReplacement ? [] : commonNames), ...given.map(fold)]);
  const hashes = new Set([...exact, ...folded].map(hashName));

  const isSecret = (key: string): boolean => {
    const name = key.includes('%') ? decode(key) : key;
    return exact.has(name) || folded.has(fold(name)) || folded.has(fold(lastPart(name)));
  };
  const query = (text: string): string => (mayHoldSecret(text, hashes) ? redactPairs(text, isSecret) : text);
  return {
    query,
    url(url) {
      const withoutUser = url.includes('@') ? redactUserInfo(url) : url;
      const start = withoutUser.indexOf('?') + 1;
      if (start === 0) return withoutUser;
      const hash = withoutUser.indexOf('#', start);
      const end = hash === -1 ? withoutUser.length : hash;
      return withoutUser.slice(0, start) + query(withoutUser.slice(start, end)) + withoutUser.slice(end);
    },
  };
}

/** As the conventions have it, and the common secrets. */
export const defaultUrlRedaction: UrlRedaction = createUrlRedaction();

/*
 * Nearly all queries have no secret, and are on the road of every request: one pass over their characters finds that out,
 * with a hash of each key in place of the key.
 */

/** Whether any key may be a secret's; `false` is certain. */
function mayHoldSecret(query: string, hashes: ReadonlySet<number>): boolean {
  let hash = 0;
  let isInKey = true;
  for (let index = 0; index < query.length; index++) {
    const code = query.charCodeAt(index);
    if (code === ampersand) {
      hash = 0;
      isInKey = true;
    } else if (isInKey) {
      if (code === equalsSign) {
        if (hashes.has(hash)) return true;
        isInKey = false;
      } else if (code === percentSign || code === closingBracket || code === dot) {
        return true; // encoded or nested: it has to be looked at
      } else {
        hash = addToHash(hash, code);
      }
    }
  }
  return false;
}

function hashName(name: string): number {
  let hash = 0;
  for (let index = 0; index < name.length; index++) hash = addToHash(hash, name.charCodeAt(index));
  return hash;
}

/** Letters count without their case; what {@link fold} leaves out does not count. */
function addToHash(hash: number, code: number): number {
  return code === dash || code === underscore ? hash : (Math.imul(hash, 31) + (code | 0x20)) | 0;
}

function redactPairs(query: string, isSecret: (key: string) => boolean): string {
  let redacted = '';
  let copied = 0;
  for (let start = 0; start < query.length; ) {
    const ampersandAt = query.indexOf('&', start);
    const end = ampersandAt === -1 ? query.length : ampersandAt;
    const pair = query.slice(start, end);
    const equals = pair.indexOf('=');
    if (equals !== -1 && isSecret(pair.slice(0, equals))) {
      redacted += `${query.slice(copied, start + equals)}=REDACTED`;
      copied = end;
    }
    start = end + 1;
  }
  return redacted + query.slice(copied);
}

/** Enough for names, which are ASCII. Never throws, as `decodeURIComponent` does. */
function decode(key: string): string {
  return key.replace(/%([0-7][0-9a-f])/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

/** `password` of `user[password]` and `user.password`, and `token` of `token[]` and `token[0]`. */
function lastPart(name: string): string {
  const path = name.split(/[[\].]/).filter((part) => !/^\d*$/.test(part));
  return path.at(-1) ?? '';
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '');
}

function redactUserInfo(url: string): string {
  const start = url.indexOf('://') + 3;
  if (start === 2) return url;
  let end = start;
  while (end < url.length && !'/?#'.includes(url.charAt(end))) end++;
  const at = url.lastIndexOf('@', end - 1);
  if (at < start) return url;
  const userInfo = url.slice(start, at).includes(':') ? 'REDACTED:REDACTED' : 'REDACTED';
  return url.slice(0, start) + userInfo + url.slice(at);
}

/** Replaces the values of secrets in URLs. Everything else stays, byte for byte. */
import { invalidOption } from '../errors.ts';

/** Names of parameters whose values are secrets: an array replaces the default names, `also` adds to them. */
export type SecretParameters = readonly string[] | { readonly also: readonly string[] };

export interface UrlRedaction {
  /**
   * Redacts the secrets in a query.
   *
   * @param query Without its leading `?`.
   * @example
   * redaction.query('a=%20b&sig=s3cret') // 'a=%20b&sig=REDACTED'
   */
  query(query: string): string;
  /**
   * Redacts the secrets in query and fragment of a URL, and user names and passwords; also in a string that contains URLs. OAuth
   * 2.0's implicit grant puts its tokens into the fragment.
   *
   * @example
   * redaction.url('https://ada:pw@example.com/a?sig=s3cret#top') // 'https://REDACTED:REDACTED@example.com/a?sig=REDACTED#top'
   */
  url(url: string): string;
}

// HTTP semantic conventions, "url.query": values to redact by default. Names are case-sensitive.
const namesOfConventions: readonly string[] = [
  'AWSAccessKeyId',
  'Signature',
  'sig',
  'X-Amz-Credential',
  'X-Amz-Security-Token',
  'X-Amz-Signature',
  'X-Goog-Signature',
];

// Other common names of secrets: of OAuth 2.0 and OpenID Connect, sessions, keys, sign-up and password mails. Folded, so
// that `access_token`, `accessToken` and `Access-Token` are one name.
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
const questionMark = 63;
const semicolon = 59;
const numberSign = 35;
const zero = 48;
const nine = 57;
const letterA = 97;

/**
 * Makes a redaction for a list of secret parameters. User names and passwords before a host are always redacted.
 *
 * @param secrets Compared with percent-decoded keys, ignoring case, `-` and `_`. Of a nested key, such as `user[password]`, the last
 *   part counts. Default: the conventions' list, case-sensitive, and common names of secrets.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is not a list of names.
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 */
export function createUrlRedaction(secrets: SecretParameters = { also: [] }): UrlRedaction {
  const isReplacement = Array.isArray(secrets);
  const given: unknown = isReplacement ? secrets : (secrets as { also?: unknown } | null)?.also; // checked in the next statement
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
  const query = (text: string): string => {
    const withoutUser = text.includes('@') ? redactUserInfo(text) : text;
    return mayHoldSecret(withoutUser, hashes) ? redactPairs(withoutUser, isSecret) : withoutUser;
  };
  return {
    query,
    url(url) {
      const withoutUser = url.includes('@') ? redactUserInfo(url) : url;
      const hash = withoutUser.indexOf('#');
      const question = withoutUser.indexOf('?');
      if (hash === -1) return question === -1 ? withoutUser : redactFrom(withoutUser, question + 1, query);
      const beforeHash = withoutUser.slice(0, hash);
      const redacted = question === -1 || question > hash ? beforeHash : redactFrom(beforeHash, question + 1, query);
      return redacted + redactFrom(withoutUser.slice(hash), 1, query);
    },
  };
}

/** Redacts the conventions' list and the common names. */
export const defaultUrlRedaction: UrlRedaction = createUrlRedaction();

/*
 * Nearly all queries have no secret, and every request has to check its query. So one pass over the characters compares a hash of
 * each key, and makes no strings.
 */

/** Whether a key may be a secret's. `false` is certain. */
function mayHoldSecret(query: string, hashes: ReadonlySet<number>): boolean {
  let hash = 0;
  let isInKey = true;
  for (let index = 0; index < query.length; index++) {
    const code = query.charCodeAt(index);
    if (code === ampersand || code === questionMark || code === semicolon || code === numberSign) {
      hash = 0;
      isInKey = true;
    } else if (isInKey) {
      if (code === equalsSign) {
        if (hashes.has(hash)) return true;
        isInKey = false;
      } else if (code === percentSign || code === closingBracket || code === dot) {
        return true; // an encoded or nested key: redactPairs() decides
      } else {
        hash = addToHash(hash, code);
      }
    } else if (code === percentSign && delimiterAt(query, index) === equalsSign) {
      return true; // a URL within a value
    }
  }
  return false;
}

function hashName(name: string): number {
  let hash = 0;
  for (let index = 0; index < name.length; index++) hash = addToHash(hash, name.charCodeAt(index));
  return hash;
}

/** Ignores case, and the characters that {@link fold} removes. */
function addToHash(hash: number, code: number): number {
  return code === dash || code === underscore ? hash : (Math.imul(hash, 31) + (code | 0x20)) | 0;
}

/**
 * Redacts the values of secret keys. A key begins after any delimiter, also a percent-encoded one, so that secrets in a URL within a
 * value are found too, as in `redirect_uri`. A secret ends at the next ampersand: too much is better than half a secret.
 */
function redactPairs(query: string, isSecret: (key: string) => boolean): string {
  let redacted = '';
  let copied = 0;
  let keyStart = 0;
  let isInKey = true;
  for (let index = 0; index < query.length; index++) {
    const delimiter = delimiterAt(query, index);
    if (delimiter === undefined) continue;
    const start = index;
    if (query.charCodeAt(index) === percentSign) index += 2;
    if (delimiter !== equalsSign) {
      keyStart = index + 1;
      isInKey = true;
    } else if (isInKey) {
      isInKey = false;
      if (!isSecret(query.slice(keyStart, start))) continue;
      const ampersandAt = query.indexOf('&', index);
      const end = ampersandAt === -1 ? query.length : ampersandAt;
      redacted += `${query.slice(copied, index + 1)}REDACTED`;
      copied = end;
      index = end - 1;
    }
  }
  return redacted + query.slice(copied);
}

/** The delimiter at an index of a query, plain or percent-encoded. */
function delimiterAt(query: string, index: number): number | undefined {
  const code = query.charCodeAt(index);
  const decoded = code === percentSign ? decodeAt(query, index) : code;
  const isDelimiter =
    decoded === ampersand ||
    decoded === equalsSign ||
    decoded === questionMark ||
    decoded === semicolon ||
    decoded === numberSign;
  return isDelimiter ? decoded : undefined;
}

/** Decodes `%20` to `%3F`, which include all delimiters; -1 for anything else. */
function decodeAt(query: string, index: number): number {
  const high = query.charCodeAt(index + 1) - zero;
  const low = query.charCodeAt(index + 2);
  if (high !== 2 && high !== 3) return -1;
  if (low >= zero && low <= nine) return high * 16 + low - zero;
  const letter = (low | 0x20) - letterA;
  return letter >= 0 && letter < 6 ? high * 16 + 10 + letter : -1;
}

function redactFrom(text: string, start: number, redact: (query: string) => string): string {
  return text.slice(0, start) + redact(text.slice(start));
}

/** Decodes ASCII only, which is enough for names. Never throws, unlike `decodeURIComponent`. */
function decode(key: string): string {
  return key.replace(/%([0-7][0-9a-f])/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

/** Returns `password` for `user[password]` and `user.password`, and `token` for `token[]` and `token[0]`. */
function lastPart(name: string): string {
  const path = name.split(/[[\].]/).filter((part) => !/^\d*$/.test(part));
  return path.at(-1) ?? '';
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '');
}

/** Redacts user names and passwords of all URLs in a string, also of one within a query, and of one that begins with `//`. */
function redactUserInfo(text: string): string {
  let redacted = '';
  let copied = 0;
  for (let start = startOfAuthority(text); start !== -1; ) {
    const end = endOfAuthority(text, start);
    const at = text.slice(start, end).lastIndexOf('@');
    if (at !== -1) {
      const userInfo = text.slice(start, start + at).includes(':') ? 'REDACTED:REDACTED' : 'REDACTED';
      redacted += text.slice(copied, start) + userInfo;
      copied = start + at;
    }
    start = afterScheme(text, end);
  }
  return redacted + text.slice(copied);
}

function startOfAuthority(text: string): number {
  return text.startsWith('//') ? 2 : afterScheme(text, 0);
}

function afterScheme(text: string, from: number): number {
  const colon = text.indexOf('://', from);
  return colon === -1 ? -1 : colon + 3;
}

/** RFC 3986, section 3.2: an authority ends at a slash, a question mark or a number sign. Browsers read a backslash as a slash. */
function endOfAuthority(text: string, start: number): number {
  let end = start;
  while (end < text.length && !'/?#\\'.includes(text.charAt(end))) end++;
  return end;
}

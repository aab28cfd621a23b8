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
   * A URL, or text with URLs in it, without the secrets of query and fragment, and without user names and passwords. Sign-in by
   * OAuth 2.0's implicit grant has its tokens in the fragment.
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
const questionMark = 63;
const semicolon = 59;
const numberSign = 35;
const zero = 48;
const nine = 57;
const letterA = 97;

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
    if (code === ampersand || code === questionMark || code === semicolon || code === numberSign) {
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

/** Letters count without their case; what {@link fold} leaves out does not count. */
function addToHash(hash: number, code: number): number {
  return code === dash || code === underscore ? hash : (Math.imul(hash, 31) + (code | 0x20)) | 0;
}

/**
 * A key begins behind any delimiter, percent-encoded ones included, so that a URL within a value, as that of `redirect_uri`, has
 * its secrets found too. A secret ends at the ampersand: rather too much is redacted than half a secret kept.
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

/** The delimiter that stands at a place of a query, as it is or percent-encoded. */
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

/** Of the delimiters alone, `%23` to `%3F`; -1 for what is none of them. */
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

/** Of all URLs in a text: of one within a query as well, and of one without a scheme, which begins with two slashes. */
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

/** RFC 3986, section 3.2: an authority ends at a slash, a question mark or a number sign. Browsers take a backslash for a slash. */
function endOfAuthority(text: string, start: number): number {
  let end = start;
  while (end < text.length && !'/?#\\'.includes(text.charAt(end))) end++;
  return end;
}

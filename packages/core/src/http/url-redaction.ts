/** Secrets in URLs: their values are replaced, everything else stays as it came, byte for byte. */

// HTTP semantic conventions, "url.query": these values are redacted by default, names compared with their case.
const sensitiveKeys: readonly string[] = [
  'AWSAccessKeyId',
  'Signature',
  'sig',
  'X-Amz-Credential',
  'X-Amz-Security-Token',
  'X-Amz-Signature',
  'X-Goog-Signature',
];

const sensitivePair = new RegExp(`(^|&)(${sensitiveKeys.join('|')})=[^&#]*`, 'g');

/**
 * @param query Without its leading `?`.
 * @example
 * redactQuery('a=%20b&sig=s3cret') // 'a=%20b&sig=REDACTED'
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 */
export function redactQuery(query: string): string {
  return query.replace(sensitivePair, '$1$2=REDACTED');
}

/**
 * A URL without the secrets in its query, and without user name and password.
 *
 * @example
 * redactUrl('https://ada:pw@example.com/a?sig=s3cret#top') // 'https://REDACTED:REDACTED@example.com/a?sig=REDACTED#top'
 */
export function redactUrl(url: string): string {
  const withoutUser = redactUserInfo(url);
  const query = withoutUser.indexOf('?') + 1;
  return query === 0 ? withoutUser : withoutUser.slice(0, query) + redactQuery(withoutUser.slice(query));
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

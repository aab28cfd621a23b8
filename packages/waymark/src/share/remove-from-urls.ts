/** Removes secrets from the URLs in a string: user names, passwords, and secret parameters of query and fragment. */

import { type Removing, replacement } from './secret-kinds.ts';
import { isSecretParameter } from './secret-names.ts';

export interface UrlOptions {
  /** Whether the string starts with a query, as `url.query` does. */
  readonly isQuery: boolean;
  /** Whether to remove the values of all parameters, and fragments. */
  readonly isStrict: boolean;
}

export function removeFromUrls(text: string, options: UrlOptions, removing: Removing): string {
  const withoutUsers = text.includes('@') ? removeUserInfo(text, removing) : text;
  return /[=]|%3d/i.test(withoutUsers) ? removeParameters(withoutUsers, options, removing) : withoutUsers;
}

/** RFC 3986, section 3.2: an authority ends at a slash, a question mark or a number sign; browsers also at a backslash. */
const authorityEnd = /[/?#\\\s"'`<>]|$/g;
const urlEnd = /[\s"'`<>]|$/g;

function removeUserInfo(text: string, removing: Removing): string {
  let kept = '';
  let copied = 0;
  for (let start = nextAuthority(text, 0); start !== -1; ) {
    const end = indexOf(text, authorityEnd, start);
    const atSign = text.slice(start, end).lastIndexOf('@');
    const at = atSign === -1 ? endOfOddUserInfo(text, start) : start + atSign;
    if (at !== -1) {
      const userInfo = text.slice(start, at);
      if (!isRemoved(userInfo) && removing('user-info')) {
        kept += text.slice(copied, start) + (userInfo.includes(':') ? `${replacement}:${replacement}` : replacement);
        copied = at;
      }
    }
    start = nextAuthority(text, Math.max(end, at));
  }
  return kept + text.slice(copied);
}

/** For a password that is not encoded, such as `p/w#d@x`. It follows a colon, and is not a port. */
function endOfOddUserInfo(text: string, start: number): number {
  const rest = text.slice(start, Math.min(indexOf(text, urlEnd, start), start + 1000));
  return /^[^/?#\\@[:]*:(?!\d{1,5}(?:[/?#\\]|$))/.test(rest) && rest.includes('@') ? start + rest.lastIndexOf('@') : -1;
}

function nextAuthority(text: string, from: number): number {
  if (from === 0 && text.startsWith('//')) return 2;
  const colon = text.indexOf('://', from);
  return colon === -1 ? -1 : colon + 3;
}

function indexOf(text: string, pattern: RegExp, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}

function isRemoved(text: string): boolean {
  return text === replacement || text === `${replacement}:${replacement}`;
}

// A name starts after a delimiter, plain or encoded, since a URL may be the value of a parameter. Its value ends at the
// ampersand: removing too much is better than keeping half a secret.
const names = /(?<=^|[?&;#]|%3f|%26|%23|%3b)([\w.%[\]~-]{1,100}?)(?:=|%3d)/gi;
const value = /[^&#\s"'`<>]+/y;
const fragments = /(:\/\/[^\s"'`<>#]*#)([^\s"'`<>]+)/g;

function removeParameters(text: string, { isQuery, isStrict }: UrlOptions, removing: Removing): string {
  let kept = '';
  let copied = 0;
  const question = text.search(/[?#]|%3f|%23/i);
  const isWithin = (at: number): boolean => question !== -1 && question < at;
  names.lastIndex = 0;
  for (let name = names.exec(text); name !== null; name = names.exec(text)) {
    // A semicolon separates parameters in a query only. In a connection string it separates other fields.
    const isElsewhere = name.index === 0 || (text.charAt(name.index - 1) === ';' && !isWithin(name.index));
    if ((isElsewhere && !isQuery) || !(isStrict || isSecretParameter(name[1] ?? ''))) continue;
    const start = names.lastIndex;
    value.lastIndex = start;
    const secret = value.exec(text)?.[0];
    if (secret === undefined || secret.startsWith(replacement) || !removing('url-parameter')) continue;
    kept += text.slice(copied, start) + replacement;
    copied = start + secret.length;
    names.lastIndex = copied;
  }
  kept += text.slice(copied);
  if (!isStrict) return kept;
  return kept.replace(fragments, (whole, before: string) =>
    whole.endsWith(replacement) || !removing('url-parameter') ? whole : before + replacement,
  );
}

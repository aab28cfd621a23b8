/** Secrets in the URLs of a text: user names and passwords, and the parameters of query and fragment that carry secrets. */

import { type Removing, replacement } from './secret-kinds.ts';
import { isSecretParameter } from './secret-names.ts';

export interface UrlOptions {
  /** Whether the text begins with a query, as `url.query` does. */
  readonly isQuery: boolean;
  /** Whether the values of all parameters are taken out, and fragments. */
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

/** A password that was not encoded, as `p/w#d@x`: then a colon comes first that no port follows. */
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

// A key begins behind a delimiter, also behind an encoded one: a URL may be the value of a parameter. Its value ends at the
// ampersand: rather too much is taken out than half a secret kept.
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
    // A semicolon delimits parameters in a query; in other texts, as connection strings, something else.
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

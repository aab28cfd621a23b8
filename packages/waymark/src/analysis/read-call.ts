/** Reads from a call what the analysis needs to compare it with others. */
import type { Attributes, Span } from '../model/span.ts';
import { type CallPurpose, callPurpose } from './call-purpose.ts';
import { callPattern, isKeyValueStore, pathOf, queryText, systemOf, urlOf } from './call-signature.ts';
import { readPageOfQuery, readPageOfUrl } from './read-page.ts';

export interface Call {
  /** The query or URL without values; empty if there is none. */
  readonly pattern: string;
  readonly purpose: CallPurpose;
  /** The complete request except for the page. A retry has the same string. Empty if the request is not known. */
  readonly asked: string;
  /** The page of a list. Empty if the call names none. */
  readonly page: string;
}

export function readCall(span: Span): Call {
  const { attributes, kind } = span;
  const query = queryText(attributes);
  if (query !== undefined) return readQueryOnce(span, query);
  const pattern = callPattern(span);
  const path = kind === 'server' ? requestTargetOf(attributes) : kind === 'client' ? pathOf(attributes) : undefined;
  const url = urlOf(attributes) ?? path;
  const { list, page } = url === undefined ? nothingAsked : readPageOfUrl(url);
  const method = attributes['http.request.method'] ?? attributes['http.method'] ?? '';
  return {
    pattern,
    purpose: callPurpose(span, pattern, page !== ''),
    asked: list === '' ? '' : `${method} ${list}`,
    page,
  };
}

const nothingAsked = { list: '', page: '' };

function requestTargetOf(attributes: Attributes): string | undefined {
  const target = attributes['http.target'];
  if (typeof target === 'string') return target;
  const path = attributes['url.path'];
  const query = attributes['url.query'];
  if (typeof path !== 'string') return undefined;
  return typeof query === 'string' && query !== '' ? `${path}?${query}` : path;
}

/** Remembers queries, since the same ones recur. Both limits bound memory. */
const maxRemembered = 2000;
const maxRememberedLength = 2000;
const remembered = new Map<string, Call>();

function readQueryOnce(span: Span, query: string): Call {
  if (query.length > maxRememberedLength) return readQuery(span, query);
  const { attributes, kind } = span;
  const batchSize = attributes['db.operation.batch.size'];
  const key = [
    kind,
    systemOf(attributes),
    attributes['db.operation.name'] ?? attributes['db.operation'],
    typeof batchSize === 'object' ? JSON.stringify(batchSize) : batchSize,
    query,
  ].join('\0');
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const call = readQuery(span, query);
  if (remembered.size >= maxRemembered) remembered.clear();
  remembered.set(key, call);
  return call;
}

function readQuery(span: Span, query: string): Call {
  const pattern = callPattern(span);
  const isText = !isKeyValueStore(systemOf(span.attributes));
  const { list, page } = isText ? readPageOfQuery(query, pattern) : { list: query, page: '' };
  return {
    pattern,
    purpose: callPurpose(span, pattern, page !== ''),
    asked: hasPlaceholders(list, isText) ? '' : list,
    page,
  };
}

/**
 * With a placeholder, the query is not the complete request. A Redis command with a key is, even if its value is
 * hidden: `SET lock ?` waits for a lock.
 */
function hasPlaceholders(text: string, isText: boolean): boolean {
  if (!isText) {
    const isHidden = /\?|\[\d+ other arguments\]|^\S+$/.test(text);
    return isHidden && !/^set(?:nx)?\s+[^\s?]+\s/i.test(text);
  }
  return /^\s*\{/.test(text) ? /[\s:[,"]\?/.test(text) : /[?]|\$\d|(?<![:\w])[:@][a-z_]|%s|%\(/i.test(text);
}

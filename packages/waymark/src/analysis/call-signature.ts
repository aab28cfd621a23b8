/** What a call asks for, without the values: calls that differ in an id alone are equal. */
import type { Attributes, Span } from '../model/span.ts';

/** The query or address of a call as a pattern; empty if there is none. */
export function callPattern({ attributes }: Span): string {
  const query = textOf(attributes, 'db.query.text') ?? textOf(attributes, 'db.statement');
  if (query !== undefined) return normaliseOnce(query);
  const operation = textOf(attributes, 'db.operation.name') ?? textOf(attributes, 'db.operation');
  if (operation !== undefined) {
    const collection = textOf(attributes, 'db.collection.name') ?? textOf(attributes, 'db.mongodb.collection') ?? '';
    return `${operation} ${collection}`.trim();
  }
  const url = textOf(attributes, 'url.full') ?? textOf(attributes, 'http.url');
  if (url !== undefined) return normaliseUrl(url);
  return textOf(attributes, 'messaging.destination.name') ?? '';
}

/** The same query comes again and again: looked at once. Only a bound on memory. */
const maxRemembered = 1000;
const remembered = new Map<string, string>();

function normaliseOnce(query: string): string {
  const known = remembered.get(query);
  if (known !== undefined) return known;
  const pattern = normaliseQuery(query);
  if (remembered.size >= maxRemembered) remembered.clear();
  if (query.length <= maxQueryLength) remembered.set(query, pattern);
  return pattern;
}

// What comes later in a query seldom tells two apart, and some are megabytes long.
const maxQueryLength = 2000;

/** SQL and its like with `?` for each value; lists of values count as one. */
export function normaliseQuery(query: string): string {
  return query
    .slice(0, maxQueryLength)
    .replace(/'(?:[^']|'')*'?|\$\d+|(?<!:):[a-z_]\w*|@\w+|\b\d[\w.]*/gi, '?')
    .replace(/\s+/g, ' ')
    .replace(/\(\s*\?(?:\s*,\s*\?)*\s*\)/g, '(?)')
    .replace(/(\(\?\))(?:\s*,\s*\(\?\))+/g, '$1')
    .trim();
}

/** An address without query, with `:id` for each segment that looks like one. */
export function normaliseUrl(url: string): string {
  const [path = ''] = url.slice(0, maxQueryLength).split(/[?#]/, 1);
  return normaliseIds(path.replace(/^\w+:\/\/(?:[^/@]*@)?/, ''));
}

/** Numbers, UUIDs, and long hex or mixed words between slashes. */
export function normaliseIds(path: string): string {
  if (!path.includes('/')) return path;
  return path.replace(
    /\/(?:\d+|[0-9a-f]{8}-[0-9a-f-]{27}|(?=[^/]*\d)[0-9a-f]{8,}|(?=[^/]*\d)[\w-]{16,})(?=\/|$|\s)/gi,
    '/:id',
  );
}

function textOf(attributes: Attributes, key: string): string | undefined {
  const value = attributes[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Describes a call without its values: calls that differ only in an id are equal. */
import type { Attributes, Span } from '../model/span.ts';
import { normaliseQuery } from './query-text.ts';

/** The query or address of a call as a pattern; empty if there is none. */
export function callPattern({ attributes, kind }: Span): string {
  const query = queryText(attributes);
  if (query !== undefined) {
    const system = systemOf(attributes);
    const pattern = isKeyValueStore(system) ? normaliseCommand(query) : normaliseQuery(query, system);
    // A query in JSON names its collection in a value, or not at all.
    return /^[[{]/.test(pattern) ? `${operationOf(attributes)} ${pattern}`.trim() : pattern;
  }
  const operation = operationOf(attributes);
  if (operation !== '') return operation;
  const method = rpcMethodOf(attributes);
  if (method !== undefined) return method;
  const url = urlOf(attributes) ?? (kind === 'client' ? pathOf(attributes) : undefined);
  const template = textOf(attributes, 'url.template');
  if (template !== undefined) return `${hostOf(attributes, url)}${template}`;
  if (url !== undefined) return normaliseUrl(url);
  return (
    textOf(attributes, 'messaging.destination.template') ??
    textOf(attributes, 'messaging.destination.name') ??
    textOf(attributes, 'messaging.destination') ??
    ''
  );
}

/** A span's name with a placeholder for each id in it: `resolve users.0.posts`, `GET /users/42`. */
export function namePattern(name: string): string {
  return normaliseIds(name)
    .replace(/\.\d+(?=[.[\s]|$)/g, '.*')
    .replace(/\[\d+\]/g, '[*]');
}

export function queryText(attributes: Attributes): string | undefined {
  return (
    textOf(attributes, 'db.query.text') ??
    textOf(attributes, 'db.statement') ??
    textOf(attributes, 'sql.query') ?? // Brave
    textOf(attributes, 'redis.raw_command') ?? // Datadog
    (attributes['span.type'] === 'sql' || attributes['dd.span.Type'] === 'sql'
      ? (textOf(attributes, 'resource.name') ?? textOf(attributes, 'dd.span.Resource'))
      : undefined)
  );
}

/** The database system, by OpenTelemetry's name for it. */
export function systemOf(attributes: Attributes): string {
  const system =
    textOf(attributes, 'db.system.name') ?? textOf(attributes, 'db.system') ?? textOf(attributes, 'db.type') ?? '';
  return system === 'postgres' ? 'postgresql' : system;
}

/** The server, port and database that a call goes to; empty if the span names none of them. */
export function targetOf(attributes: Attributes): string {
  return [
    attributes['server.address'] ?? attributes['net.peer.name'] ?? attributes['out.host'] ?? '',
    attributes['server.port'] ?? attributes['net.peer.port'] ?? '',
    attributes['db.namespace'] ?? attributes['db.name'] ?? '',
  ]
    .filter((part) => typeof part === 'string' || typeof part === 'number')
    .join(' ')
    .trim();
}

export function isKeyValueStore(system: string): boolean {
  return keyValueStores.has(system);
}

const keyValueStores = new Set(['redis', 'valkey', 'memcached']);

export function urlOf(attributes: Attributes): string | undefined {
  return textOf(attributes, 'url.full') ?? textOf(attributes, 'http.url');
}

function hostOf(attributes: Attributes, url = ''): string {
  const [, host] = /^\w+:\/\/(?:[^/?#@]*@)?([^/?#]+)/.exec(url) ?? [];
  return (
    host ??
    textOf(attributes, 'http.host') ??
    textOf(attributes, 'server.address') ??
    textOf(attributes, 'net.peer.name') ??
    textOf(attributes, 'peer.service') ??
    ''
  );
}

/** Brave and early versions of OpenTelemetry record the host and the path of a call, but not its URL. */
export function pathOf(attributes: Attributes): string | undefined {
  const path = textOf(attributes, 'http.path') ?? textOf(attributes, 'http.target') ?? textOf(attributes, 'url.path');
  if (path === undefined) return undefined;
  return `${hostOf(attributes)}${path}`;
}

/** `package.Service/Method`: one attribute in current conventions, two in older ones. */
function rpcMethodOf(attributes: Attributes): string | undefined {
  const method = textOf(attributes, 'rpc.method');
  const service = textOf(attributes, 'rpc.service');
  if (method === undefined) return undefined;
  const path = service === undefined || method.includes('/') ? method : `${service}/${method}`;
  const tables = attributes['aws.dynamodb.table_names'];
  return Array.isArray(tables) ? `${path} ${tables.join(' ')}` : path;
}

/** `find users`; empty if the span has no operation. */
function operationOf(attributes: Attributes): string {
  const operation = textOf(attributes, 'db.operation.name') ?? textOf(attributes, 'db.operation') ?? '';
  const collection =
    textOf(attributes, 'db.collection.name') ??
    textOf(attributes, 'db.mongodb.collection') ??
    textOf(attributes, 'db.sql.table') ??
    '';
  return `${operation} ${collection}`.trim();
}

const maxCommandLength = 200;

/** A Redis command. A key keeps the part before its first `:`; the rest is an id or a name. */
function normaliseCommand(command: string): string {
  const [verb = '', ...values] = command.slice(0, maxCommandLength).trim().split(/\s+/);
  const patterns = values.map((value) => (value.includes(':') ? `${value.slice(0, value.indexOf(':'))}:?` : '?'));
  // `MGET a b c` with more keys, and `HSET key field value …` with more fields, are the same call.
  return [verb.toUpperCase(), ...patterns.slice(0, 1)].join(' ');
}

const maxUrlLength = 2000;

/** A URL without its query string, with `:id` for each segment that looks like an id. */
export function normaliseUrl(url: string): string {
  const [path = ''] = url.slice(0, maxUrlLength).split(/[?#]/, 1);
  return normaliseIds(path.replace(/^\w+:\/\/(?:[^/@]*@)?/, ''));
}

/**
 * Segments of a path that are ids: numbers, dates, UUIDs, long hex or mixed words, words with a number after a hyphen
 * or underscore, mail addresses, and numbers with a file extension or in OData's brackets.
 */
const idSegment =
  /\/(?:\d[\d,-]*(?=(?:\.[a-z]{2,5})?(?:\/|$|\s))|[0-9a-f]{8}-[0-9a-f-]{27}|(?=[^/\s]*\d)[0-9a-f]{8,}|(?=[^/\s]*\d)[\w-]{16,}|[a-z]+[-_]\d+|[^/\s@]+(?:@|%40)[^/\s@]+)(?=(?:\.[a-z]{2,5})?(?:\/|$|\s))/gi;

/** A path with `:id` for each segment that looks like an id. */
export function normaliseIds(path: string): string {
  if (!path.includes('/')) return path;
  return path.replace(idSegment, '/:id').replace(/\((?:\d+|'[^']*')\)(?=\/|$|\s)/g, '(:id)');
}

function textOf(attributes: Attributes, key: string): string | undefined {
  const value = attributes[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** What a request to Elasticsearch or OpenSearch asks for: the name of its endpoint and its index, from its parameters or its path. */
import { readProperty } from '../../read-property.ts';

export interface Endpoint {
  /** As the client's methods are named: `search`, `indices.create`, `cluster.health`. */
  readonly operation: string;
  /** `undefined` for a request to the cluster. Several are separated by commas. */
  readonly index: string | undefined;
}

/**
 * @param params The parameters of `transport.request()`. Since its version 8.6 Elastic's client says what they are for: `meta`.
 */
export function endpointOf(params: unknown): Endpoint {
  const meta = readProperty(params, 'meta');
  const name = readProperty(meta, 'name');
  const path = readProperty(params, 'path');
  const method = readProperty(params, 'method');
  const byPath = readPath(typeof path === 'string' ? path : '', typeof method === 'string' ? method : '');
  return typeof name === 'string' && name !== '' ? { operation: name, index: byPath.index } : byPath;
}

/** Operations on one document. Their paths end with an id, which is not recorded. */
const documentOperations: Readonly<Record<string, string>> = {
  GET: 'get',
  HEAD: 'exists',
  POST: 'index',
  PUT: 'index',
  DELETE: 'delete',
};
const indexOperations: Readonly<Record<string, string>> = {
  GET: 'indices.get',
  HEAD: 'indices.exists',
  PUT: 'indices.create',
  DELETE: 'indices.delete',
};
/** Endpoints whose second part is a word of the API, and not a name that a user has given. */
const twoWords = new Set(['cat', 'cluster']);

function readPath(path: string, method: string): Endpoint {
  const parts =
    path
      .split('?', 1)[0]
      ?.split('/')
      .filter((part) => part !== '') ?? [];
  const at = parts.findIndex((part) => part.startsWith('_') && part !== '_all');
  const [first] = parts;
  const index = first === undefined || at === 0 ? undefined : decode(first);
  if (first === undefined) return { operation: method === 'HEAD' ? 'ping' : 'info', index };
  if (at === -1) return { operation: indexOperations[method] ?? method.toLowerCase(), index };
  const word = parts[at]?.slice(1) ?? '';
  const next = parts[at + 1];
  if (word === 'doc') return { operation: documentOperations[method] ?? word, index };
  return { operation: twoWords.has(word) && next !== undefined ? `${word}.${next}` : word, index };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

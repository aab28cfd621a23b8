/**
 * The span of a request to Elasticsearch or OpenSearch, around all its attempts: `search products`. Bodies, ids of documents and query strings are
 * not recorded.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/database/elasticsearch/
 */
import type { AttributeList } from '../../attributes.ts';
import { countFault } from '../../count-fault.ts';
import { readProperty } from '../../read-property.ts';
import { tracedCaller } from '../caller.ts';
import { Operation } from '../operation.ts';
import { endpointOf } from './endpoint.ts';

export type SearchLibrary = 'elasticsearch' | 'opensearch';

/** @returns `undefined` if the request gets no span. Never throws. */
export function beginRequest(library: SearchLibrary, params: unknown): Operation | undefined {
  try {
    const caller = tracedCaller(library);
    if (caller === undefined) return undefined;
    const { operation, index } = endpointOf(params);
    const attributes: AttributeList = ['db.system.name', library, 'db.operation.name', operation];
    if (index !== undefined) attributes.push('db.collection.name', index);
    const method = readProperty(params, 'method');
    if (typeof method === 'string') attributes.push('http.request.method', method);
    const name = index === undefined ? operation : `${operation} ${index}`;
    return Operation.begin(caller, { library, name, kind: 'client', attributes });
  } catch (error) {
    countFault(error);
    return undefined;
  }
}

/** @param result What the transport has: with `meta`, or only the body. */
export function endRequest(operation: Operation, result: unknown): void {
  try {
    const body = describeResult(operation, result);
    const failure = failureIn(body);
    if (failure === undefined) operation.end();
    else operation.fail(failure);
  } catch (error) {
    countFault(error);
    operation.end();
  }
}

export function failRequest(operation: Operation, error: unknown): void {
  try {
    // Elastic's and OpenSearch's errors of answers have the result as `meta`.
    const body = describeResult(operation, readProperty(error, 'meta'));
    const type = readProperty(readProperty(body, 'error'), 'type');
    if (typeof type !== 'string') {
      operation.fail(error);
      return;
    }
    const message = readProperty(error, 'message');
    // The other lines have the causes, one for each shard.
    const text = typeof message === 'string' ? (message.split('\n', 1)[0] ?? '') : '';
    operation.fail({ name: type, message: text });
  } catch (fault) {
    countFault(fault);
    operation.end();
  }
}

/** @returns The body. */
function describeResult(operation: Operation, result: unknown): unknown {
  const meta = readProperty(result, 'meta');
  const url = readProperty(readProperty(meta, 'connection'), 'url');
  if (url instanceof URL) {
    operation.set('server.address', url.hostname);
    operation.set('server.port', Number(url.port) || (url.protocol === 'https:' ? 443 : 80));
  }
  const isWhole = meta !== undefined && readProperty(result, 'statusCode') !== undefined;
  if (!isWhole) return result;
  const status = readProperty(result, 'statusCode');
  if (typeof status === 'number' && status > 0) operation.set('db.response.status_code', String(status));
  const headers = readProperty(result, 'headers');
  const cluster = readProperty(headers, 'x-found-handling-cluster');
  if (typeof cluster === 'string') operation.set('db.namespace', cluster);
  const node = readProperty(headers, 'x-found-handling-instance');
  if (typeof node === 'string') operation.set('elasticsearch.node.name', node);
  const body = readProperty(result, 'body');
  const hits = readProperty(readProperty(body, 'hits'), 'hits');
  if (Array.isArray(hits)) operation.set('db.response.returned_rows', hits.length);
  return body;
}

/** A bulk request answers 200 also if operations in it have failed. */
function failureIn(body: unknown): { readonly name: string; readonly message: string } | undefined {
  const items = readProperty(body, 'items');
  if (readProperty(body, 'errors') !== true || !Array.isArray(items)) return undefined;
  const errors = items.flatMap((item) => {
    const [result] = typeof item === 'object' && item !== null ? Object.values(item) : [];
    const error = readProperty(result, 'error');
    return error === undefined || error === null ? [] : [error];
  });
  const type = readProperty(errors[0], 'type');
  return {
    name: typeof type === 'string' ? type : '_OTHER',
    message: `${errors.length} of ${items.length} operations have failed`,
  };
}

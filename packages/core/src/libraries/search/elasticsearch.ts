/**
 * Elasticsearch 8 and 9: the method `request()` of the transport, which all methods of the client call. The client also makes a span by OpenTelemetry's API;
 * with the bridge, the option `prefer` decides which of the two there is.
 */
import { withContext } from '../../active-context.ts';
import { readProperty } from '../../read-property.ts';
import type { Trace } from '../trace.ts';
import { traceGiven } from '../trace-given.ts';
import { wrapOnce } from '../wrap-once.ts';
import { findTransport } from './find-transport.ts';
import { beginRequest, endRequest, failRequest } from './request-span.ts';

export const trace: Trace = (given) => {
  const prototype = findTransport(given);
  if (prototype === undefined) return undefined;
  const outcome = wrapOnce(
    prototype,
    'request',
    (original) =>
      function request(this: unknown, ...args: unknown[]) {
        const [params, options] = args;
        const operation = beginRequest('elasticsearch', params);
        if (operation === undefined) return original.apply(this, args);
        // With `meta` the answer says which server has answered. The caller gets the body, as it has asked.
        const isWhole = readProperty(options, 'meta') === true;
        const asked = isWhole ? args : [params, { ...(options as object | undefined), meta: true }, ...args.slice(2)];
        let answer: Promise<unknown>;
        try {
          answer = withContext(operation.context(), () => original.apply(this, asked)) as Promise<unknown>; // it is async
        } catch (error) {
          failRequest(operation, error);
          throw error;
        }
        return answer.then(
          (result) => {
            endRequest(operation, result);
            return isWhole ? result : readProperty(result, 'body');
          },
          (error) => {
            failRequest(operation, error);
            throw error;
          },
        );
      },
  );
  return outcome === 'foreign' ? 'foreign' : outcome === 'missing' ? undefined : 'methods';
};

/**
 * Traces `@elastic/elasticsearch` 8 and 9: pass a client, its class, or the exports of `@elastic/transport`. All clients are traced from then on.
 *
 * A request, such as `search products`, has one span around all its attempts. Requests of helpers and the product check are requests, too.
 *
 * Not recorded: bodies, ids of documents, query strings.
 *
 * @returns What it was given. A second call changes nothing.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @see https://opentelemetry.io/docs/specs/semconv/database/elasticsearch/
 * @example
 * const client = traceElasticsearch(new Client({ node }));
 */
export function traceElasticsearch<Given extends object>(elasticsearch: Given): Given {
  return traceGiven(
    'elasticsearch',
    (given) => trace(given, undefined),
    elasticsearch,
    'traceElasticsearch(client)',
    'a client of @elastic/elasticsearch',
  );
}

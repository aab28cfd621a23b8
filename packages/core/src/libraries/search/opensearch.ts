/** OpenSearch: the method `request()` of the transport, with a promise that can be aborted, or a callback. */
import { bind, withContext } from '../../active-context.ts';
import type { Operation } from '../operation.ts';
import type { Trace } from '../trace.ts';
import { traceGiven } from '../trace-given.ts';
import { wrapOnce } from '../wrap-once.ts';
import { findTransport } from './find-transport.ts';
import { beginRequest, endRequest, failRequest } from './request-span.ts';

type Callback = (error: unknown, result: unknown) => void;

/** What the transport returns if there is no callback: not a promise, but with its methods. */
interface Answer {
  then(onFulfilled: (result: unknown) => unknown, onRejected: (error: unknown) => unknown): Promise<unknown>;
}

export const trace: Trace = (given) => {
  const prototype = findTransport(given);
  if (prototype === undefined) return undefined;
  const outcome = wrapOnce(
    prototype,
    'request',
    (original) =>
      function request(this: unknown, ...args: unknown[]) {
        const operation = beginRequest('opensearch', args[0]);
        if (operation === undefined) return original.apply(this, args);
        const at = args.findIndex((arg) => typeof arg === 'function');
        const sent = [...args];
        if (at !== -1) sent[at] = followCallback(operation, args[at] as Callback);
        let answer: unknown;
        try {
          answer = withContext(operation.context(), () => original.apply(this, sent));
        } catch (error) {
          failRequest(operation, error);
          throw error;
        }
        return at === -1 ? followAnswer(operation, answer as Answer) : answer;
      },
  );
  return outcome === 'foreign' ? 'foreign' : outcome === 'missing' ? undefined : 'methods';
};

function followCallback(operation: Operation, callback: Callback): Callback {
  const bound = bind(callback);
  return (error, result) => {
    if (error === null || error === undefined) endRequest(operation, result);
    else failRequest(operation, error);
    bound(error, result);
  };
}

/** The same object, of which `abort()` works, with a promise that settles after the span has ended. */
function followAnswer(operation: Operation, answer: Answer): unknown {
  const followed = answer.then(
    (result) => {
      endRequest(operation, result);
      return result;
    },
    (error) => {
      failRequest(operation, error);
      throw error;
    },
  );
  return Object.create(answer as object, {
    // biome-ignore lint/suspicious/noThenProperty: it replaces that of the answer
    then: { value: followed.then.bind(followed) },
    catch: { value: followed.catch.bind(followed) },
    finally: { value: followed.finally.bind(followed) },
  });
}

/**
 * Traces `@opensearch-project/opensearch` 2 and 3: pass a client, or the exports of the package. All clients are traced from then on.
 *
 * A request, such as `search products`, has one span around all its attempts.
 *
 * Not recorded: bodies, ids of documents, query strings.
 *
 * @returns What it was given. A second call changes nothing.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @see https://opentelemetry.io/docs/specs/semconv/database/elasticsearch/
 * @example
 * const client = traceOpensearch(new Client({ node }));
 */
export function traceOpensearch<Given extends object>(opensearch: Given): Given {
  return traceGiven(
    'opensearch',
    (given) => trace(given, undefined),
    opensearch,
    'traceOpensearch(client)',
    'a client of @opensearch-project/opensearch',
  );
}

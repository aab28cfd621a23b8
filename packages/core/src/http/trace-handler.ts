/** Tracing for a plain `node:http` server, which has no framework to register with. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { withContext } from '../active-context.ts';
import type { Tracer } from '../tracer.ts';
import type { HttpTracingOptions } from './http-options.ts';
import { createHttpTracing } from './http-tracing.ts';
import { nodeAdapter, noteError } from './node-adapter.ts';

/**
 * Wraps the handler of a plain `node:http` server: each request gets a server span, active while it is handled.
 *
 * @throws {WaymarkError} If an option has a wrong value, or is unknown.
 * @example
 * const server = createServer(traceHandler((request, response) => response.end('hello'), { serviceName: 'hello' }));
 */
export function traceHandler(
  handler: RequestListener,
  options?: HttpTracingOptions<IncomingMessage> | Tracer,
): RequestListener {
  const tracing = createHttpTracing<IncomingMessage>(options);
  return function traced(
    this: unknown,
    request: IncomingMessage,
    response: ServerResponse & { req: IncomingMessage },
  ): unknown {
    const context = tracing.begin(request, request, response, nodeAdapter);
    const call = (): unknown => Reflect.apply(handler, this, [request, response]);
    return withContext(context, () => notingErrors(request, call));
  };
}

/** Notes what the handler throws or rejects with, and rethrows it: the host decides what Node does then. */
function notingErrors(request: IncomingMessage, call: () => unknown): unknown {
  const note = (error: unknown): never => {
    noteError(request, error);
    throw error;
  };
  try {
    const result = call();
    // Returns a new promise: a handler on the given one would count as handling its rejection.
    return result instanceof Promise ? result.catch(note) : result;
  } catch (error) {
    return note(error);
  }
}

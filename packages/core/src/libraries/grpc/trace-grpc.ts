/** Finds the classes of `@grpc/grpc-js`, and wraps their methods. */
import type { TracedBy } from '../../found-libraries.ts';
import type { AnyFunction } from '../run-in-caller.ts';
import { traceGiven } from '../trace-given.ts';
import { isWrappedByOthers, wrapOnce } from '../wrap-once.ts';
import { tracedCreateCall } from './client-call.ts';
import { notingRequest, tracedRefusal, tracedRun } from './server-call.ts';

/**
 * Traces [`@grpc/grpc-js`](https://www.npmjs.com/package/@grpc/grpc-js) 1.8 and later, clients and servers. `tracing()` and `getTracer()` do
 * it by themselves where they can find it; call this in a bundle.
 *
 * - A call below an active span has a client span, named for its method, from its start until its status: unary calls, and streams of either
 *   side or both. Retries by the service config are within it. Its metadata carries the context, in a copy.
 * - A call that a server answers has a server span until its status has been sent. It continues the trace of the client. Interceptors, the
 *   handler and the events of its stream run in its context.
 * - Callbacks, and the events of a client's stream, run in the context of the code that made the call.
 * - A client's span has failed if the status is not `OK`; a server's if it is `UNKNOWN`, `DEADLINE_EXCEEDED`, `UNIMPLEMENTED`, `INTERNAL`,
 *   `UNAVAILABLE` or `DATA_LOSS`.
 *
 * Clients, servers and services that were made before are traced as well. Not recorded: messages and metadata.
 *
 * @param grpc The exports of `@grpc/grpc-js`.
 * @returns What was given.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @see https://opentelemetry.io/docs/specs/semconv/rpc/grpc/
 * @example
 * import * as grpc from '@grpc/grpc-js';
 * traceGrpc(grpc);
 */
export function traceGrpc<Grpc extends object>(grpc: Grpc): Grpc {
  return traceGiven('grpc', wrapGrpc, grpc, 'traceGrpc(grpc)', 'the exports of @grpc/grpc-js');
}

interface GrpcExports {
  readonly Client?: unknown;
  readonly Channel?: unknown;
  readonly Server?: unknown;
  readonly default?: unknown;
}

/** For the table of libraries. */
export function wrapGrpc(given: unknown): TracedBy | 'foreign' | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const { Client, Channel, Server, default: defaultExport } = given as GrpcExports;
  const channel = prototypeWith(Channel, ['createCall', 'getTarget']);
  const server = prototypeWith(Server, ['register', '_runHandlerForCall', '_verifyContentType', '_respondWithError']);
  if (channel === undefined || server === undefined) {
    // `import * as grpc` has the exports as `default`, too.
    return defaultExport === undefined ? undefined : wrapGrpc(defaultExport);
  }
  // OpenTelemetry's instrumentation wraps these, and not the methods that we wrap.
  const client = prototypeWith(Client, ['makeUnaryRequest']);
  if (client !== undefined && isWrappedByOthers(client.makeUnaryRequest as AnyFunction)) return 'foreign';
  if (isWrappedByOthers(server.register as AnyFunction)) return 'foreign';
  wrapOnce(channel, 'createCall', tracedCreateCall);
  wrapOnce(server, '_verifyContentType', notingRequest);
  wrapOnce(server, '_respondWithError', tracedRefusal);
  wrapOnce(server, '_runHandlerForCall', tracedRun);
  return 'methods';
}

type Methods = Record<string, AnyFunction | undefined>;

function prototypeWith(value: unknown, names: readonly string[]): Methods | undefined {
  const prototype = typeof value === 'function' ? (value.prototype as Methods | undefined) : undefined;
  return prototype !== undefined && names.every((name) => typeof prototype[name] === 'function')
    ? prototype
    : undefined;
}

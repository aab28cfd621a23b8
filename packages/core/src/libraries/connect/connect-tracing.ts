/**
 * Interceptors for Connect. It has no seam that can be reached from outside: its transports and routers are made by functions of ES modules.
 */
import { currentContext, withContext } from '../../active-context.ts';
import type { AttributeList } from '../../attributes.ts';
import type { Context } from '../../context.ts';
import { countFault } from '../../count-fault.ts';
import { noteLibrary } from '../../found-libraries.ts';
import type { HeaderAccess } from '../../outbound/client-adapter.ts';
import type { RecordingSpan } from '../../recording-span.ts';
import type { Span } from '../../span.ts';
import { serverOfUrl } from '../../urls/server-address.ts';
import { isWaymarkSpan } from '../../waymark-span.ts';
import { optionsOf, tracedCaller } from '../caller.ts';
import { contextToCarry, readContext } from '../carried-context.ts';
import { carryByRules } from '../carry-by-rules.ts';
import { Incoming } from '../incoming.ts';
import { Operation } from '../operation.ts';
import { recordError, recordSuccess, systemOf } from './connect-status.ts';
import type { ConnectInterceptor, ConnectRequest, ConnectResponse } from './connect-types.ts';
import { followStream } from './followed-stream.ts';

/** A call while it runs. */
interface Call {
  readonly side: 'client' | 'server';
  /** `undefined` if it has no span of its own, and there is none to describe. */
  readonly span: Span | undefined;
  /** For the call and what is below it; `undefined`: as it is. */
  readonly context: Context | undefined;
  end(): void;
}

/**
 * Traces the calls of a transport of Connect 1 and 2: the Connect, gRPC and gRPC-Web protocols. Each call below an active span has a client
 * span, for a stream until its last message. The HTTP request is below it. Put it first in the list, so that other interceptors run within
 * the span.
 *
 * @returns An interceptor for `createConnectTransport()`, `createGrpcTransport()` and `createGrpcWebTransport()`.
 * @see https://opentelemetry.io/docs/specs/semconv/rpc/connect-rpc/
 * @example
 * const transport = createConnectTransport({ baseUrl, httpVersion: '2', interceptors: [connectClientTracing()] });
 */
export function connectClientTracing(): ConnectInterceptor {
  return tracing(beginClientCall);
}

/**
 * Traces the calls that a router of Connect 1 and 2 answers. Where the HTTP request has a span already, as in Express and Fastify with
 * `tracing()`, that one gets the name and the facts of the call. Otherwise the call has a server span.
 *
 * @returns An interceptor for `connectNodeAdapter()`, `fastifyConnectPlugin` and `expressConnectMiddleware()`.
 * @see https://opentelemetry.io/docs/specs/semconv/rpc/connect-rpc/
 * @example
 * await app.register(fastifyConnectPlugin, { routes, interceptors: [connectServerTracing()] });
 */
export function connectServerTracing(): ConnectInterceptor {
  return tracing(beginServerCall);
}

/** Before 2.3, Connect does not report that a client has left a stream early: its span ends when the stream is collected. */
const unread = new FinalizationRegistry<() => void>((settle) => settle());

function tracing(begin: (request: ConnectRequest) => Call | undefined): ConnectInterceptor {
  noteLibrary({ name: 'connectrpc', version: undefined, tracedBy: 'hook' });
  return (next) =>
    async function traced(request: ConnectRequest): Promise<ConnectResponse> {
      const call = beginContained(begin, request);
      if (call === undefined) return next(request);
      const enter = <Result>(fn: () => Result): Result =>
        call.context === undefined ? fn() : withContext(call.context, fn);
      let hasEnded = false;
      const settle = (error?: { readonly thrown: unknown }): void => {
        if (hasEnded) return;
        hasEnded = true;
        settleContained(call, request, error);
      };
      try {
        const response: ConnectResponse = await enter(() => next(request));
        if (!response.stream) {
          settle();
          return response;
        }
        const ends = { end: () => settle(), fail: (thrown: unknown) => settle({ thrown }) };
        // A stream that nothing reads any more.
        request.signal?.addEventListener('abort', () => settle({ thrown: request.signal?.reason }), { once: true });
        const stream = response.message as AsyncIterable<unknown>; // of a streaming response
        // The reader of a client's stream is the application.
        const around = call.side === 'server' ? enter : <Result>(fn: () => Result): Result => fn();
        const message = followStream(stream, ends, around);
        unread.register(message, settle);
        return { ...response, message };
      } catch (thrown) {
        settle({ thrown });
        throw thrown;
      }
    };
}

function beginContained(
  begin: (request: ConnectRequest) => Call | undefined,
  request: ConnectRequest,
): Call | undefined {
  try {
    return begin(request);
  } catch (error) {
    countFault(error);
    return undefined;
  }
}

function settleContained(call: Call, request: ConnectRequest, error: { readonly thrown: unknown } | undefined): void {
  try {
    const { span, side } = call;
    if (span?.isRecording() !== true) return;
    if (error === undefined) recordSuccess(span, request);
    else recordError(span, request, error.thrown, side);
  } catch (fault) {
    countFault(fault);
  } finally {
    call.end();
  }
}

function nameOf({ service, method }: ConnectRequest): string {
  return `${service.typeName}/${method.name}`;
}

function beginClientCall(request: ConnectRequest): Call | undefined {
  const caller = currentContext();
  const traced = tracedCaller('connectrpc');
  const name = nameOf(request);
  let operation: Operation | undefined;
  if (traced !== undefined) {
    const attributes: AttributeList = ['rpc.system.name', systemOf(request), 'rpc.method', name];
    const server = serverOfUrl(request.url);
    if (server) attributes.push('server.address', server.address, 'server.port', server.port);
    operation = Operation.begin(traced, { library: 'connectrpc', name, kind: 'client', attributes });
  }
  const carried = contextToCarry('connectrpc', operation);
  // Each call has its own headers. Where the HTTP request has a span, its headers replace these.
  if (carried !== undefined) carryByRules(carried, caller?.span, request.header, headersAccess, request.url);
  if (operation === undefined) return undefined;
  const begun = operation;
  return { side: 'client', span: begun.recording, context: begun.context(), end: () => begun.end() };
}

function beginServerCall(request: ConnectRequest): Call | undefined {
  const context = currentContext();
  const name = nameOf(request);
  const system = systemOf(request);
  const served = serverSpanOf(context);
  if (served !== undefined && context !== undefined) {
    if (optionsOf('connectrpc', context) === undefined) return undefined;
    served.setAttribute('rpc.system.name', system);
    served.setAttribute('rpc.method', name);
    served.updateName(name);
    return { side: 'server', span: served, context: undefined, end: () => {} };
  }
  const incoming = Incoming.begin({
    library: 'connectrpc',
    name,
    kind: 'server',
    attributes: ['rpc.system.name', system, 'rpc.method', name],
    senders: [readContext(request.header, headersAccess.getter)],
  });
  if (incoming === undefined) return undefined;
  return { side: 'server', span: incoming.context.span, context: incoming.context, end: () => incoming.end() };
}

/** The span of the HTTP request that brings the call. A call within the process is below a client span. */
function serverSpanOf(context: Context | undefined): RecordingSpan | undefined {
  const active = context?.span;
  if (!isWaymarkSpan(active) || active.mode !== undefined) return undefined;
  for (let span: RecordingSpan | undefined = active; span !== undefined; span = span.localParent) {
    if (span.kind === 'client') return undefined;
    if (span.kind === 'server') return span;
  }
  return undefined;
}

const headersAccess: HeaderAccess<Headers> = {
  isSealed: () => false,
  hasHeader: (headers, name) => headers.has(name),
  getter: {
    get: (headers, name) => headers.get(name) ?? undefined,
    keys: (headers) => [...headers.keys()],
  },
  setter: {
    set(headers, name, value) {
      if (!headers.has(name)) headers.set(name, value);
    },
  },
  removeHeader: (headers, name) => headers.delete(name),
};

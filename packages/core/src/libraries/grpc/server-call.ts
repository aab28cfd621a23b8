/**
 * The calls that a gRPC server answers: a span from the metadata of a call until its status has been sent, or its connection has been
 * lost. The server's interceptors, its handler and the events of the handler's stream run in the span's context.
 *
 * The seam is the method that runs a handler. It serves handlers that were registered before tracing was set up as well.
 */
import type { AttributeList } from '../../attributes.ts';
import { contained, countFault } from '../../count-fault.ts';
import { whileHandled } from '../../handled-span.ts';
import { SharedAttributes } from '../../shared-attributes.ts';
import { parseHost } from '../../urls/server-address.ts';
import { readContext } from '../carried-context.ts';
import { Incoming } from '../incoming.ts';
import { type AnyFunction, runInCaller } from '../run-in-caller.ts';
import { wrapOnce } from '../wrap-once.ts';
import type {
  CallOnServer,
  Handler,
  Http2Headers,
  Metadata,
  ServerListener,
  ServerPrototype,
  ServerStream,
  Status,
} from './grpc-types.ts';
import { http2Headers, metadataHeaders } from './metadata-headers.ts';
import { cancelled, deadlineExceeded, isServerError, nameOfCode, recordStatus } from './status.ts';

const serverCallKey: unique symbol = Symbol.for('waymark.grpc-server-call.v1') as never;

interface TracedCall extends CallOnServer {
  [serverCallKey]?: ServerCall | undefined;
}

// Both sides count from their own start of the call. The difference is the time that its metadata was under way.
const timerToleranceMs = 20;

/** A call from its metadata to its end. It is also the listener that the connection gets in place of the innermost interceptor's. */
class ServerCall implements ServerListener {
  readonly incoming: Incoming;
  private readonly call: CallOnServer;
  private listener: ServerListener | undefined = undefined;
  private status: Status | undefined = undefined;
  /** What the handler has thrown, or passed to its callback. */
  private error: unknown = undefined;
  private hasEnded = false;

  constructor(incoming: Incoming, call: CallOnServer) {
    this.incoming = incoming;
    this.call = call;
  }

  start(listener: ServerListener): void {
    this.listener = listener;
  }

  noteError(error: unknown): void {
    this.error ??= error;
  }

  /** Only the first status is sent. */
  noteStatus(status: Status): void {
    this.status ??= status;
  }

  /** Whether nothing more happens in the call. */
  get hasAnswered(): boolean {
    return this.listener === undefined || this.sentStatus() !== undefined;
  }

  /** Ends the span, by the status that was sent. Without one, the client has gone away or has run out of time. */
  end(): void {
    const { incoming, error } = this;
    if (this.hasEnded) return;
    this.hasEnded = true;
    const { span } = incoming.context;
    const status = this.sentStatus() ?? { code: this.isOutOfTime() ? deadlineExceeded : cancelled };
    try {
      if (!incoming.isRecording || span === undefined) return;
      const isError = isServerError(status.code);
      recordStatus(span, status, isError);
      if (isError && error instanceof Error) incoming.markFailed(error, nameOfCode(status.code));
    } finally {
      incoming.end();
    }
  }

  /** A handler may set a status when the client has gone away already, which its stream reports like the end of the request. */
  private sentStatus(): Status | undefined {
    const { sentTrailers, sentHeaders } = this.call.stream ?? {};
    const isSent = sentTrailers !== undefined || sentHeaders?.['grpc-status'] !== undefined;
    return isSent ? this.status : undefined;
  }

  /** A client cancels a call whose time is up, often before the server's own timer. */
  private isOutOfTime(): boolean {
    const { deadline } = this.call;
    return typeof deadline === 'number' && deadline - timerToleranceMs <= Date.now();
  }

  onReceiveMetadata(metadata: Metadata): void {
    this.pass('onReceiveMetadata', [metadata]);
  }

  onReceiveMessage(message: unknown): void {
    this.pass('onReceiveMessage', [message]);
  }

  onReceiveHalfClose(): void {
    this.pass('onReceiveHalfClose', []);
  }

  /** Also called after a status was sent. */
  onCancel(): void {
    try {
      this.pass('onCancel', []);
    } finally {
      endCall(this);
    }
  }

  private pass(name: keyof ServerListener, args: readonly unknown[]): void {
    const { listener, incoming } = this;
    if (listener !== undefined) runInCaller(incoming.context, listener[name] as AnyFunction, listener, args);
  }
}

/** For `Server.prototype._runHandlerForCall`. */
export function tracedRun(original: AnyFunction): AnyFunction {
  return function _runHandlerForCall(this: object, call: CallOnServer, handler: Handler, ...rest: unknown[]): unknown {
    lastRequest = undefined;
    let serverCall: ServerCall | undefined;
    let tracedHandler = handler;
    try {
      const innermost = innermostOf(call);
      serverCall = begin(innermost, handler, rest[0]);
      if (serverCall !== undefined) tracedHandler = withTrace(handler, serverCall, innermost);
    } catch (error) {
      countFault(error);
    }
    if (serverCall === undefined) return original.call(this, call, handler, ...rest);
    return runInCaller(serverCall.incoming.context, original, this, [call, tracedHandler, ...rest]);
  };
}

/** Below the calls of interceptors. */
function innermostOf(call: CallOnServer): CallOnServer {
  let innermost = call;
  while (innermost.nextCall !== undefined) innermost = innermost.nextCall;
  return innermost;
}

/** @param headers Those of the request, before gRPC 1.10. */
function begin(call: TracedCall, handler: Handler, headers: unknown): ServerCall | undefined {
  const { metadata, stream } = call;
  const received = headers as Http2Headers | undefined; // gRPC's
  const host = received === undefined ? call.host : received[':authority'];
  const name = nameOf(handler.path);
  const incoming = Incoming.begin({
    library: 'grpc',
    name,
    kind: 'server',
    attributes: ['rpc.method', name],
    shared: attributesOf(stream, host),
    senders: [
      received === undefined ? readContext(metadata, metadataHeaders.getter) : readContext(received, http2Headers),
    ],
  });
  if (incoming === undefined) return undefined;
  const serverCall = new ServerCall(incoming, call);
  call[serverCallKey] = serverCall;
  wrapClass(call);
  // Before 1.10 nothing is called in the end.
  if (call.notifyOnCancel === undefined) stream?.once('close', () => endCall(serverCall));
  return serverCall;
}

function nameOf(path: string): string {
  return path.startsWith('/') ? path.slice(1) : path;
}

const endCall = contained((serverCall: ServerCall): void => serverCall.end());

const wrapped = new WeakSet<object>();

/** Wraps the methods of a call's class, which gRPC does not export. */
function wrapClass(call: CallOnServer): void {
  const prototype: CallOnServer = Object.getPrototypeOf(call);
  if (wrapped.has(prototype)) return;
  wrapped.add(prototype);
  wrapOnce(prototype, 'start', tracedStart);
  wrapOnce(prototype, 'sendStatus', tracedSendStatus);
  wrapOnce(prototype, 'notifyOnCancel', tracedEnd);
}

function tracedStart(original: AnyFunction): AnyFunction {
  return function start(this: TracedCall, listener: ServerListener, ...rest: unknown[]): unknown {
    const serverCall = this[serverCallKey];
    serverCall?.start(listener);
    return original.call(this, serverCall ?? listener, ...rest);
  };
}

function tracedSendStatus(original: AnyFunction): AnyFunction {
  return function sendStatus(this: TracedCall, status: Status, ...rest: unknown[]): unknown {
    this[serverCallKey]?.noteStatus(status);
    return original.call(this, status, ...rest);
  };
}

/** gRPC calls it after it has sent the status, and when the stream closes. */
function tracedEnd(original: AnyFunction): AnyFunction {
  return function notifyOnCancel(this: TracedCall, ...args: unknown[]): unknown {
    const serverCall = this[serverCallKey];
    // Without a status, gRPC notifies the handler in the next tick. What it does then belongs to the call.
    if (serverCall?.hasAnswered === true) endCall(serverCall);
    return original.apply(this, args);
  };
}

/** The handler for one call: it notes the handler's error. */
function withTrace(handler: Handler, serverCall: ServerCall, call: CallOnServer): Handler {
  // Before 1.10, a stream's events come in the context of the connection.
  const isEmitter = call.notifyOnCancel === undefined;
  return {
    ...handler,
    func(...args) {
      const [stream, callback] = args;
      if (typeof callback === 'function') args[1] = noting(callback as AnyFunction, serverCall);
      if (isEmitter) bindEvents(stream, serverCall);
      try {
        const { context } = serverCall.incoming;
        return whileHandled(context.span, () =>
          isEmitter
            ? runInCaller(context, handler.func as AnyFunction, handler, args)
            : handler.func.apply(handler, args),
        );
      } catch (error) {
        serverCall.noteError(error);
        throw error;
      }
    },
  };
}

function noting(callback: AnyFunction, serverCall: ServerCall): AnyFunction {
  return function respond(this: unknown, ...args: unknown[]): unknown {
    if (args[0]) serverCall.noteError(args[0]); // as gRPC asks
    return callback.apply(this, args);
  };
}

function bindEvents(stream: unknown, serverCall: ServerCall): void {
  const emitter = stream as CallOnServer; // an emitter of gRPC's
  const { emit } = emitter;
  if (typeof emit !== 'function') return;
  emitter.emit = function boundEmit(this: unknown, ...args) {
    return runInCaller(serverCall.incoming.context, emit, this, args) as boolean; // what `emit` returns
  };
}

/** The attributes of a connection's calls, with the host that the last of them was for. */
const bySession = new WeakMap<object, { readonly host: unknown; readonly shared: SharedAttributes }>();

function attributesOf(stream: ServerStream | undefined, host: unknown): SharedAttributes {
  const session = stream?.session;
  const known = session && bySession.get(session);
  if (known !== undefined && known.host === host) return known.shared;
  const list: AttributeList = ['rpc.system.name', 'grpc'];
  const server = typeof host === 'string' ? parseHost(host) : undefined;
  if (server !== undefined) list.push('server.address', server.address);
  if (server?.port !== undefined) list.push('server.port', server.port);
  const { remoteAddress, remotePort } = session?.socket ?? {};
  if (remoteAddress !== undefined) list.push('network.peer.address', remoteAddress);
  if (remotePort !== undefined) list.push('network.peer.port', remotePort);
  const shared = new SharedAttributes(list);
  if (session) bySession.set(session, { host, shared });
  return shared;
}

/** The request that a server looks at now: `_respondWithError` gets its stream only. */
let lastRequest: { readonly stream: ServerStream; readonly headers: Http2Headers } | undefined;

/** For `Server.prototype._verifyContentType`, which a server calls first. */
export function notingRequest(original: AnyFunction): AnyFunction {
  return function _verifyContentType(
    this: ServerPrototype,
    stream: ServerStream,
    headers: Http2Headers,
    ...rest
  ): unknown {
    lastRequest = { stream, headers };
    return original.call(this, stream, headers, ...rest);
  };
}

/** For `Server.prototype._respondWithError`: the answer to a method that is not registered. */
export function tracedRefusal(original: AnyFunction): AnyFunction {
  return function _respondWithError(this: ServerPrototype, status: Status, stream: ServerStream, ...rest): unknown {
    try {
      recordRefusal(status, stream);
    } catch (error) {
      countFault(error);
    }
    return original.call(this, status, stream, ...rest);
  };
}

function recordRefusal(status: Status, stream: ServerStream): void {
  const headers = lastRequest?.stream === stream ? lastRequest.headers : undefined;
  lastRequest = undefined;
  if (headers === undefined) return;
  const path = headers[':path'];
  const attributes: AttributeList = ['rpc.method', '_OTHER'];
  if (typeof path === 'string') attributes.push('rpc.method_original', nameOf(path));
  const incoming = Incoming.begin({
    library: 'grpc',
    name: 'grpc', // a client may send any number of paths
    kind: 'server',
    attributes,
    shared: attributesOf(stream, headers[':authority']),
    senders: [readContext(headers, http2Headers)],
  });
  if (incoming === undefined) return;
  const { span } = incoming.context;
  if (incoming.isRecording && span !== undefined) recordStatus(span, status, isServerError(status.code));
  incoming.end();
}

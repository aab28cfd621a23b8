/**
 * The one owner of the server span: starts it, names it, fills it in and ends it, by OpenTelemetry's HTTP conventions.
 * Adapters bring facts and decide nothing, so that every framework behaves the same.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span
 */
import { EventEmitter } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Http2Stream } from 'node:http2';
import { type AttributeList, type Attributes, attributesToObject } from '../attributes.ts';
import { Context } from '../context.ts';
import { instrumentOutbound } from '../outbound/index.ts';
import { cameFromWithin } from '../passing-exceptions.ts';
import { processState } from '../process-state.ts';
import type { Getter } from '../propagation/propagator.ts';
import type { SharedAttributes } from '../shared-attributes.ts';
import { isWaymarkSpan, type Link, type NonRecordingSpan, type RecordingSpan } from '../span.ts';
import type { SpanStart, Tracer } from '../tracer.ts';
import { ignoredSpan } from '../untraced.ts';
import { pushRequestHeaders, recordResponseHeaders } from './captured-headers.ts';
import { connectionOf } from './connection.ts';
import {
  type HttpSettings,
  type HttpTracingOptions,
  resolveHttpSettings,
  type ServerSpanSettings,
} from './http-options.ts';
import type { IsIgnored } from './ignore.ts';
import { noteCaller } from './note-caller.ts';
import { serverSpanKey } from './server-span-key.ts';
import { keepTickShape } from './tick-shape.ts';
import { askPolicy, type Caller, heed } from './trust.ts';

/** What only the framework knows. One object for each framework, shared by all requests. */
export interface ServerAdapter<Request> {
  /** Path and query as they came, before any mount path was cut off. */
  target(request: Request): string;
  /** `http` or `https`, as seen through the proxies that the app trusts. */
  scheme(request: Request): string;
  /** In the form of a `Host` header, as seen through the proxies that the app trusts. */
  host(request: Request): string | undefined;
  /** The client's address, as seen through the proxies that the app trusts. */
  clientAddress(request: Request): string | undefined;
  /** The pattern that matched, mount points included; `undefined` if none did. Asked once, at the end. */
  route(request: Request): string | undefined;
  /** The error that the handlers ended with, if the framework saw one. Asked once, at the end. */
  error(request: Request): unknown;
}

/** Made by {@link createHttpTracing}; shared by all requests of one `tracing()`. */
export interface HttpTracing<Request> {
  readonly tracer: Tracer;
  /**
   * Starts the server span of a request.
   *
   * A request that has its span already (tracing was registered twice, an app stands within another) keeps it, and takes route
   * and error from whoever comes last.
   *
   * @returns The context to run the rest of the request in. Never throws: should anything fail, the context has a span that
   *   does nothing.
   */
  begin(request: Request, raw: IncomingMessage, response: ServerResponse, adapter: ServerAdapter<Request>): Context;
}

interface TracedMessage extends IncomingMessage {
  [serverSpanKey]?: ServerSpan<never>;
}

interface TracedResponse extends ServerResponse {
  [serverSpanKey]?: ServerSpan<never>;
}

/**
 * @throws {WaymarkError} If an option has a wrong value, or is unknown.
 */
export function createHttpTracing<Request>(options: HttpTracingOptions<Request> | Tracer = {}): HttpTracing<Request> {
  const settings = resolveHttpSettings(options);
  const { tracer, addResponseHeaders } = settings;
  tracer.tracesOutbound = settings.tracesOutbound;
  tracer.outbound = settings.outbound;
  if (settings.tracesOutbound) instrumentOutbound();
  keepTickShape();

  return {
    tracer,
    begin(request, raw, response, adapter) {
      try {
        const begun = (raw as TracedMessage)[serverSpanKey] as ServerSpan<unknown> | undefined; // our own key
        if (begun !== undefined) return begun.goOnWith(request, adapter as ServerAdapter<unknown>); // gets its own requests
        const context = beginServerSpan(request, raw, response, adapter, settings);
        addResponseHeaders?.(response, context.span, tracer);
        return context;
      } catch (error) {
        tracer.diagnostics.count('instrumentation-failed', error);
        return new Context(ignoredSpan(undefined, tracer), undefined);
      }
    },
  };
}

/** The context of a request that {@link HttpTracing.begin} has seen, for a framework that must come back to it. */
export function contextOf(raw: IncomingMessage): Context | undefined {
  return (raw as TracedMessage)[serverSpanKey]?.context; // our own key
}

const headersGetter: Getter<IncomingHttpHeaders> = { get: (headers, name) => headers[name], keys: Object.keys };

function beginServerSpan<Request>(
  request: Request,
  raw: TracedMessage,
  response: TracedResponse,
  adapter: ServerAdapter<Request>,
  settings: HttpSettings<Request>,
): Context {
  const { tracer, isIgnored, trust } = settings;
  const caller = tracer.extract(raw.headers, headersGetter);
  const serverSpan = new ServerSpan(request, raw, response, adapter, settings);
  let parent = isWaymarkSpan(caller.span) ? caller.span : undefined;
  let { baggage } = caller;
  if (trust !== undefined && (parent !== undefined || baggage !== undefined)) {
    const policy = askPolicy(trust, request, callerOf(request, raw, adapter, parent), tracer.diagnostics);
    ({ parent, baggage, links: serverSpan.links } = heed(caller, policy, settings.allowedBaggage));
  }

  let span: RecordingSpan | NonRecordingSpan;
  if (!tracer.isEnabled || (isIgnored && asksToIgnore(isIgnored, request, pathOf(adapter.target(request)), tracer))) {
    span = ignoredSpan(parent, tracer);
  } else {
    span = tracer.beginSpan(serverSpan.spanMethod, 'server', parent, serverSpan);
  }

  noteCaller(span, caller.span, raw.headers.baggage as string | undefined); // Node joins repeated ones
  const context = new Context(span, baggage);
  serverSpan.context = context;
  raw[serverSpanKey] = serverSpan as ServerSpan<never>; // read back by this file alone, which never gives it a request
  response[serverSpanKey] = serverSpan as ServerSpan<never>; // as above
  raw.emit = emitOfRequest;
  response.emit = emitOfResponse;
  if (!('mode' in span)) {
    serverSpan.span = span;
    span.startWith(serverSpan.ownAttributes(), serverSpan.sharedAttributes());
    // An upgraded connection leaves its response behind without a 'close'.
    if (serverSpan.isUpgrade) raw.socket.once('close', () => serverSpan.finish());
  }
  return context;
}

function callerOf<Request>(
  request: Request,
  { headers, socket }: IncomingMessage,
  adapter: ServerAdapter<Request>,
  span: RecordingSpan | NonRecordingSpan | undefined,
): Caller {
  const peerAddress = socket.remoteAddress;
  const clientAddress = adapter.clientAddress(request) ?? peerAddress;
  return { peerAddress, clientAddress, headers, traceState: span?.trace.traceState };
}

function asksToIgnore<Request>(isIgnored: IsIgnored<Request>, request: Request, path: string, tracer: Tracer): boolean {
  try {
    return isIgnored(request, path);
  } catch (error) {
    tracer.diagnostics.count('hook-failed', error);
    return false;
  }
}

/*
 * The handlers of a request's and a response's events run in the request's context, and the response's 'close' ends the span:
 * an `emit` of their own does both, without a listener that would count towards the host's.
 *
 * Left alone, packets of the body that come later, and the 'close' of a client that has gone, come from the socket and
 * outside every context: all that a handler of theirs then does would be lost to the trace.
 */

type Emit = (this: EventEmitter, ...args: [type: string | symbol, ...unknown[]]) => boolean;

// `emit.apply(this, arguments)` makes no array of the arguments, which rest parameters do: three allocations for each event.

function emitOfRequest(this: TracedMessage, type: string | symbol): boolean {
  // biome-ignore lint/complexity/noArguments: see above
  const args = arguments as unknown as Parameters<Emit>;
  const serverSpan = this[serverSpanKey];
  if (serverSpan === undefined) return EventEmitter.prototype.emit.apply(this, args); // copied to another object
  try {
    if (isWithin(serverSpan.context, this, type)) return serverSpan.requestEmit.apply(this, args);
    return emitRequestWithin.apply(this, args);
  } finally {
    // Up to Node 22, a pipelined response that waits for its turn when the connection breaks has no 'close' of its own.
    if (type === 'close' && this.aborted) serverSpan.finishUnlessSending();
  }
}

function emitOfResponse(this: TracedResponse, type: string | symbol): boolean {
  // biome-ignore lint/complexity/noArguments: see above
  const args = arguments as unknown as Parameters<Emit>;
  const serverSpan = this[serverSpanKey];
  if (serverSpan === undefined) return EventEmitter.prototype.emit.apply(this, args); // copied to another object
  // Asked before the application's listeners, which may close the connection.
  if (type === 'finish') serverSpan.isComplete = isHandedOver(this);
  try {
    if (isWithin(serverSpan.context, this, type)) return serverSpan.responseEmit.apply(this, args);
    return emitResponseWithin.apply(this, args);
  } finally {
    // 'finish' comes when all has been handed over, and 'close' alone if the client has gone before. The application's own
    // listeners have had their say on the span.
    if (type === 'finish' || type === 'close') serverSpan.finish();
  }
}

/** Whether an event can do without entering the context: to enter it costs more than to ask, and most come where it is entered. */
function isWithin(context: Context | undefined, emitter: EventEmitter, type: string | symbol): boolean {
  return processState.storage.getStore() === context || emitter.listenerCount(type) === 0;
}

function emitRequestWithin(this: TracedMessage, ...args: Parameters<Emit>): boolean {
  const { context, requestEmit } = this[serverSpanKey] as ServerSpan<never>; // whoever calls has looked
  return processState.storage.run(context as Context, () => requestEmit.apply(this, args)); // set by beginServerSpan
}

function emitResponseWithin(this: TracedResponse, ...args: Parameters<Emit>): boolean {
  const { context, responseEmit } = this[serverSpanKey] as ServerSpan<never>; // as above
  return processState.storage.run(context as Context, () => responseEmit.apply(this, args)); // as above
}

/** The state of one request: what is needed to fill its span in at the end. */
class ServerSpan<Request> implements SpanStart {
  /** How the method appears in the span's name. */
  readonly spanMethod: string;
  context: Context | undefined = undefined;
  /** To a caller whose trace is not gone on with. */
  links: readonly Link[] | undefined = undefined;
  span: RecordingSpan | undefined = undefined;
  /** Whether all of the response was handed to the operating system. */
  isComplete = false;
  readonly requestEmit: Emit;
  readonly responseEmit: Emit;
  private readonly isKnownMethod: boolean;
  private request: Request;
  private readonly raw: IncomingMessage;
  private readonly response: ServerResponse;
  private adapter: ServerAdapter<Request>;
  private readonly settings: ServerSpanSettings;

  constructor(
    request: Request,
    raw: IncomingMessage,
    response: ServerResponse,
    adapter: ServerAdapter<Request>,
    settings: ServerSpanSettings,
  ) {
    this.request = request;
    this.raw = raw;
    this.response = response;
    this.adapter = adapter;
    this.requestEmit = raw.emit;
    this.responseEmit = response.emit;
    this.settings = settings;
    const method = raw.method ?? '';
    this.isKnownMethod = settings.knownMethods.has(method);
    this.spanMethod = this.isKnownMethod ? method : 'HTTP';
  }

  get isUpgrade(): boolean {
    // Node's own word: the header alone is sent by whoever likes to, and answered as any other request.
    const { upgrade } = this.raw as { upgrade?: unknown }; // undocumented, so looked at
    return upgrade === true;
  }

  /** A framework within that which began the request: it knows the route. */
  goOnWith(request: Request, adapter: ServerAdapter<Request>): Context {
    this.request = request;
    this.adapter = adapter;
    return this.context as Context; // set before a request has this object
  }

  /** What a sampler may want to know. Made only if it asks. */
  samplingAttributes(): Attributes {
    return attributesToObject([...this.sharedAttributes().list, ...this.ownAttributes()]);
  }

  /** What the requests of a connection mostly have in common. */
  sharedAttributes(): SharedAttributes {
    const { request, raw, adapter } = this;
    const connection = connectionOf(raw);
    return connection.attributesOf(
      this.isKnownMethod ? this.spanMethod : '_OTHER',
      adapter.scheme(request),
      adapter.host(request),
      adapter.clientAddress(request) ?? connection.peerAddress,
      // The conventions have `2` for what Node calls `2.0`.
      raw.httpVersionMajor > 1 ? String(raw.httpVersionMajor) : raw.httpVersion,
      raw.headers['user-agent'],
    );
  }

  ownAttributes(): AttributeList {
    const { raw } = this;
    const target = this.adapter.target(this.request);
    const path = pathOf(target);
    const list: AttributeList = ['url.path', path];
    const query = queryOf(target);
    if (query !== '') list.push('url.query', this.settings.redaction.query(query));
    if (!this.isKnownMethod) list.push('http.request.method_original', raw.method ?? '');
    const captured = this.settings.captureHeaders?.request;
    if (captured !== undefined) pushRequestHeaders(captured, raw.headers, list);
    return list;
  }

  /** Ends the span of a request whose connection broke before its response had one to be sent on. */
  finishUnlessSending(): void {
    if (this.response.socket === null) this.finish();
  }

  /** Ends the span with what became of the request. Only the first call counts. */
  finish(): void {
    const { span } = this;
    if (span === undefined || span.endMs !== undefined) return;
    try {
      this.describeEnd(span);
    } catch (error) {
      span.tracer.diagnostics.count('instrumentation-failed', error);
    }
    span.end();
  }

  private describeEnd(span: RecordingSpan): void {
    const { request, response, adapter, spanMethod } = this;
    const route = adapter.route(request);
    if (route !== undefined) {
      span.setAttribute('http.route', route);
      // A name that the application gave stays.
      if (span.name === spanMethod) span.updateName(nameOf(spanMethod, route));
    }
    const { statusCode, headersSent } = response;
    if (headersSent) {
      span.setAttribute('http.response.status_code', statusCode);
      const captured = this.settings.captureHeaders?.response;
      if (captured !== undefined) recordResponseHeaders(captured, response, span);
    }

    const wasCutOff = !this.isComplete && !endsByItself(this.isUpgrade, response);
    const isServerError = headersSent && statusCode >= 500;
    if (!wasCutOff && !isServerError) return;
    const error = adapter.error(request) ?? response.errored;
    if (error !== undefined && error !== null && !cameFromWithin(error, span)) span.recordException(error);
    span.setAttribute('error.type', isServerError ? String(statusCode) : 'aborted');
    // No description: status code and error.type say it already. One that the application gave stays.
    if (span.statusCode === 'unset') span.setStatus({ code: 'error' });
  }
}

// Routes are few, but an application may set what it likes for one.
const maxNames = 1000;
const names = new Map<string, { readonly method: string; readonly name: string }>();

/** One text for all spans of a route: joined anew for each, it would have to be flattened and hashed for each, too. */
function nameOf(method: string, route: string): string {
  const known = names.get(route);
  if (known?.method === method) return known.name;
  const name = `${method} ${route}`;
  if (names.size < maxNames || known !== undefined) names.set(route, { method, name });
  return name;
}

/** An upgraded connection, and a stream of events, which has no other end than that the client goes. */
function endsByItself(isUpgrade: boolean, response: ServerResponse): boolean {
  if (!response.headersSent) return isUpgrade;
  const type = response.getHeader('content-type');
  if (type !== undefined) return String(type).startsWith('text/event-stream');
  // Headers given to writeHead() are in the text that was sent, and nowhere else.
  const { _header: head } = response as { _header?: unknown }; // undocumented, so looked at
  return typeof head === 'string' && /^content-type: *text\/event-stream/im.test(head);
}

// RFC 9113, section 7: NO_ERROR.
const noError = 0;

/** Whether a response that has finished was handed to the operating system whole. */
function isHandedOver(response: ServerResponse): boolean {
  // HTTP/2 tells 'finish' of every stream that closes; the reset code says how.
  const { stream } = response as { stream?: Http2Stream }; // HTTP/1 has none
  if (stream !== undefined) return stream.rstCode === noError && response.writableEnded;
  // Up to Node 22, a write that failed is followed by 'finish' all the same.
  return response.req.socket.destroyed !== true;
}

/** The path of a request target in any of its forms (RFC 9112, section 3.2). */
function pathOf(target: string): string {
  const question = target.indexOf('?');
  const path = withoutFragment(target.slice(startOfPath(target), question === -1 ? undefined : question));
  return path === '' ? '/' : path;
}

function queryOf(target: string): string {
  const question = target.indexOf('?');
  return question === -1 ? '' : withoutFragment(target.slice(question + 1));
}

/** A target has no fragment, and where a client sends one all the same, it may be the one with the access token. */
function withoutFragment(part: string): string {
  const hash = part.indexOf('#');
  return hash === -1 ? part : part.slice(0, hash);
}

function startOfPath(target: string): number {
  if (target.charCodeAt(0) === slash) return 0;
  const authority = target.indexOf('://');
  if (authority === -1) return 0;
  const path = target.indexOf('/', authority + 3);
  return path === -1 ? target.length : path;
}

const slash = 47;

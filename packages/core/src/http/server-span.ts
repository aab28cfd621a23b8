/**
 * The one owner of the server span: starts it, names it, fills it in and ends it, by OpenTelemetry's HTTP conventions.
 * Adapters bring facts and decide nothing, so that every framework behaves the same.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span
 */
import { EventEmitter } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type AttributeList, type Attributes, attributesToObject } from '../attributes.ts';
import { Context } from '../context.ts';
import { checkEnvironment } from '../late-environment.ts';
import { instrumentOutbound } from '../outbound/index.ts';
import { cameFromWithin } from '../passing-exceptions.ts';
import { processState } from '../process-state.ts';
import type { Getter } from '../propagation/propagator.ts';
import { readProperty } from '../read-property.ts';
import { readSettings } from '../settings/read-settings.ts';
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
import { describeNested } from './nested-tracing.ts';
import { noteCaller } from './note-caller.ts';
import {
  askAdapter,
  askAdapterForString,
  authorityOf,
  baggageHeaderOf,
  headersOf,
  httpVersionOf,
  isEncrypted,
  isUpgrade,
  methodOf,
  socketOf,
  urlOf,
  userAgentOf,
} from './request-facts.ts';
import { emitBefore } from './reserve-slots.ts';
import { isEventStream, isHandedOver, isTimedOut } from './response-end.ts';
import { sentStatusOf } from './sent-head.ts';
import { serverSpanKey } from './server-span-key.ts';
import { keepTickShape } from './tick-shape.ts';
import { askPolicy, type Caller, heed } from './trust.ts';

/**
 * What only the framework knows. One object for each framework, shared by all requests. A function that throws, or whose answer
 * is of another kind, counts as one that does not know.
 */
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
  const settings = readSettings('tracing(options)', () => resolveHttpSettings(options));
  const { tracer } = settings;
  tracer.tracesOutbound = settings.tracesOutbound;
  tracer.outbound = settings.outbound;
  if (settings.tracesOutbound) instrumentOutbound();
  keepTickShape();
  let isNestingKnown = false;
  let isFirst = true;

  return {
    tracer,
    begin(request, raw, response, adapter) {
      try {
        const begun = (raw as TracedMessage)[serverSpanKey] as ServerSpan<unknown> | undefined; // our own key
        if (begun !== undefined) {
          if (!isNestingKnown && begun.settings !== settings) {
            isNestingKnown = true;
            const message = describeNested(options, tracer, begun.tracer);
            if (message !== undefined) tracer.diagnostics.note('warn', message);
          }
          return begun.goOnWith(request, adapter as ServerAdapter<unknown>); // gets its own requests
        }
        if (isFirst) {
          isFirst = false;
          checkEnvironment(tracer);
        }
        return beginServerSpan(request, raw, response, adapter, settings);
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
  const caller = tracer.extract(headersOf(raw), headersGetter);
  const serverSpan = new ServerSpan(request, raw, response, adapter, settings);
  let parent = isWaymarkSpan(caller.span) ? caller.span : undefined;
  let { baggage } = caller;
  if (trust !== undefined && (parent !== undefined || baggage !== undefined)) {
    const policy = askPolicy(trust, request, serverSpan.callerOf(parent), tracer.diagnostics);
    ({ parent, baggage, links: serverSpan.links } = heed(caller, policy, settings.allowedBaggage));
  }

  // Before there is a span, which would never end if this failed.
  install(serverSpan as ServerSpan<never>, raw, response); // read back by this file alone, which never gives it a request
  let span: RecordingSpan | NonRecordingSpan;
  if (!tracer.isEnabled || (isIgnored && asksToIgnore(isIgnored, request, pathOf(serverSpan.target()), tracer))) {
    span = ignoredSpan(parent, tracer);
  } else {
    span = tracer.beginSpan(serverSpan.spanMethod, 'server', parent, serverSpan);
  }

  noteCaller(span, caller.span, baggageHeaderOf(raw));
  const context = new Context(span, baggage);
  serverSpan.context = context;
  if (span.mode === undefined) serverSpan.start(span);
  try {
    settings.addResponseHeaders?.(response, span, tracer);
  } catch (error) {
    tracer.diagnostics.count('instrumentation-failed', error);
  }
  return context;
}

/** Puts the state on request and response, and their `emit` in place: all of it, or nothing if one of them is frozen. */
function install(serverSpan: ServerSpan<never>, raw: TracedMessage, response: TracedResponse): void {
  try {
    raw[serverSpanKey] = serverSpan;
    response[serverSpanKey] = serverSpan;
    raw.emit = emitOfRequest;
    response.emit = emitOfResponse;
  } catch (error) {
    remove(raw, serverSpan.requestEmit);
    remove(response, serverSpan.responseEmit);
    throw error;
  }
}

function remove(message: TracedMessage | TracedResponse, emit: Emit): void {
  // What could not be written does not have to be taken back.
  Reflect.set(message, serverSpanKey, undefined);
  if (message.emit === emitOfRequest || message.emit === emitOfResponse) Reflect.set(message, 'emit', emit);
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
// Whatever is ours in here is contained: it runs within calls of the host's and of Node's, where a throw ends the process.

function emitOfRequest(this: TracedMessage, type: string | symbol): boolean {
  // biome-ignore lint/complexity/noArguments: see above
  const args = arguments as unknown as Parameters<Emit>;
  const serverSpan = serverSpanOf(this);
  if (serverSpan === undefined) return EventEmitter.prototype.emit.apply(this, args); // copied to another object
  if (type === 'timeout') serverSpan.sawTimeout = true;
  const emit = isWithin(serverSpan.context, this, type) ? serverSpan.requestEmit : emitRequestWithin;
  try {
    return emit.apply(this, args);
  } finally {
    if (type === 'close') serverSpan.finishUnlessSending();
  }
}

function emitOfResponse(this: TracedResponse, type: string | symbol): boolean {
  // biome-ignore lint/complexity/noArguments: see above
  const args = arguments as unknown as Parameters<Emit>;
  const serverSpan = serverSpanOf(this);
  if (serverSpan === undefined) return EventEmitter.prototype.emit.apply(this, args); // copied to another object
  // Asked before the application's listeners, which may close the connection.
  if (type === 'finish') serverSpan.noteFinish();
  else if (type === 'timeout') serverSpan.sawTimeout = true;
  const emit = isWithin(serverSpan.context, this, type) ? serverSpan.responseEmit : emitResponseWithin;
  try {
    return emit.apply(this, args);
  } finally {
    // 'finish' comes when all has been handed over, and 'close' alone if the client has gone before. The application's own
    // listeners have had their say on the span.
    if (type === 'finish' || type === 'close') serverSpan.finish();
  }
}

/** `undefined` also where `message` is a proxy of the application's that does not let itself be read. */
function serverSpanOf(message: TracedMessage | TracedResponse): ServerSpan<never> | undefined {
  try {
    return message[serverSpanKey];
  } catch {
    return undefined;
  }
}

const { listenerCount } = EventEmitter.prototype;

/** Whether an event can do without entering the context: to enter it costs more than to ask, and most come where it is entered. */
function isWithin(context: Context | undefined, emitter: EventEmitter, type: string | symbol): boolean {
  // Node's own function: the application may have another under that name.
  return processState.storage.getStore() === context || listenerCount.call(emitter, type) === 0;
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
  /** Whether a timeout came by: of the server, the connection, or one that the application set. */
  sawTimeout = false;
  readonly requestEmit: Emit;
  readonly responseEmit: Emit;
  /** Whether all of the response was handed to the operating system. */
  private isComplete = false;
  private readonly method: string;
  private readonly isKnownMethod: boolean;
  private readonly socket: Socket | undefined;
  private request: Request;
  private readonly raw: IncomingMessage;
  private readonly response: ServerResponse;
  private adapter: ServerAdapter<Request>;
  readonly settings: ServerSpanSettings;

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
    this.requestEmit = emitBefore(raw);
    this.responseEmit = emitBefore(response);
    this.settings = settings;
    this.method = methodOf(raw);
    this.isKnownMethod = settings.knownMethods.has(this.method);
    this.spanMethod = this.isKnownMethod ? this.method : 'HTTP';
    this.socket = socketOf(raw);
  }

  /** Absent where no tracer made the span. */
  get tracer(): Tracer | undefined {
    const span = this.context?.span;
    return isWaymarkSpan(span) ? span.tracer : undefined;
  }

  // SpanStart's others. Without these, what somebody puts on `Object.prototype` would be taken for them.
  get attributes(): undefined {
    return undefined;
  }

  get startTime(): undefined {
    return undefined;
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
    const { raw, socket } = this;
    const connection = connectionOf(socket);
    return connection.attributesOf(
      this.isKnownMethod ? this.spanMethod : '_OTHER',
      this.ask(this.adapter.scheme) ?? (isEncrypted(raw) ? 'https' : 'http'),
      this.ask(this.adapter.host) ?? authorityOf(raw),
      this.ask(this.adapter.clientAddress) ?? connection.peerAddress,
      httpVersionOf(raw),
      userAgentOf(raw),
    );
  }

  ownAttributes(): AttributeList {
    const target = this.target();
    const path = pathOf(target);
    const list: AttributeList = ['url.path', path];
    const query = queryOf(target);
    if (query !== '') list.push('url.query', this.settings.redaction.query(query));
    if (!this.isKnownMethod) list.push('http.request.method_original', this.method);
    const captured = this.settings.captureHeaders?.request;
    if (captured !== undefined) pushRequestHeaders(captured, headersOf(this.raw), list);
    return list;
  }

  /** Path and query as they came. */
  target(): string {
    return this.ask(this.adapter.target) ?? urlOf(this.raw);
  }

  /** What a rule of trust may want to know of the caller. */
  callerOf(span: RecordingSpan | NonRecordingSpan | undefined): Caller {
    const { peerAddress } = connectionOf(this.socket);
    const clientAddress = this.ask(this.adapter.clientAddress) ?? peerAddress;
    return { peerAddress, clientAddress, headers: headersOf(this.raw), traceState: span?.trace.traceState };
  }

  private ask(question: (request: Request) => string | undefined): string | undefined {
    return askAdapterForString(this.adapter, question, this.request, this.settings.tracer.diagnostics);
  }

  /** Gives a span that is recorded its first attributes. Never throws. */
  start(span: RecordingSpan): void {
    this.span = span;
    span.owner = this;
    try {
      span.startWith(this.ownAttributes(), this.sharedAttributes());
      // An upgraded connection leaves its response behind without a 'close'.
      if (isUpgrade(this.raw)) this.socket?.once('close', () => this.finish());
    } catch (error) {
      span.tracer.diagnostics.count('instrumentation-failed', error);
    }
  }

  /** Notes whether a response that has finished is complete. Never throws. */
  noteFinish(): void {
    this.isComplete = isHandedOver(this.response, this.socket);
  }

  /**
   * Ends the span of a request whose connection broke before its response had one to be sent on: up to Node 22, a pipelined
   * response that waits for its turn then has no 'close'. Never throws.
   */
  finishUnlessSending(): void {
    if (readProperty(this.raw, 'aborted') === true && readProperty(this.response, 'socket') === null) this.finish();
  }

  /** Ends the span with what became of the request. Only the first call counts. Never throws. */
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
    const { response, socket, spanMethod } = this;
    const route = this.ask(this.adapter.route);
    if (route !== undefined) {
      span.setAttribute('http.route', route);
      // A name that the application gave stays.
      if (span.name === spanMethod) span.updateName(nameOf(spanMethod, route));
    }
    const status = sentStatusOf(response);
    if (status !== undefined) span.setAttribute('http.response.status_code', status);

    const isServerError = status !== undefined && status >= 500;
    const wasTimedOut = !this.isComplete && isTimedOut(response, socket, this.sawTimeout);
    const wasCutOff = !this.isComplete && (wasTimedOut || !this.endsByItself(status));
    if (wasCutOff || isServerError) {
      const error = askAdapter(this.adapter, this.adapter.error, this.request, span.tracer.diagnostics);
      const cause = error ?? readProperty(response, 'errored');
      if (cause !== undefined && cause !== null && !cameFromWithin(cause, span)) span.recordException(cause);
      span.setAttribute('error.type', isServerError ? String(status) : wasTimedOut ? 'timeout' : 'aborted');
      // No description: status code and error.type say it already. One that the application gave stays.
      if (span.statusCode === 'unset') span.setStatus({ code: 'error' });
    }
    const captured = this.settings.captureHeaders?.response;
    if (captured !== undefined && status !== undefined) recordResponseHeaders(captured, response, span);
  }

  /** An upgraded connection, and a stream of events, which has no other end than that the client goes. */
  private endsByItself(status: number | undefined): boolean {
    return status === undefined ? isUpgrade(this.raw) : isEventStream(this.response);
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

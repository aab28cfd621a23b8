/**
 * The server span of a request: names it, sets its attributes and ends it, by OpenTelemetry's HTTP conventions. Adapters
 * only supply facts, so that all frameworks behave the same.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Attributes } from '../attribute-value.ts';
import { type AttributeList, attributesToObject } from '../attributes.ts';
import type { Context } from '../context.ts';
import type { InstrumentationScope } from '../instrumentation-scope.ts';
import { type InternalTracer, tracerOf } from '../internal-tracer.ts';
import { cameFromWithin } from '../passing-exceptions.ts';
import { readProperty } from '../read-property.ts';
import type { RecordingSpan } from '../recording-span.ts';
import type { SharedAttributes } from '../shared-attributes.ts';
import type { Link } from '../span.ts';
import type { SpanStart } from '../span-options.ts';
import { isWaymarkSpan, type WaymarkSpan } from '../waymark-span.ts';
import { scopeOfAdapter } from './adapter-scope.ts';
import { pushRequestHeaders, recordResponseHeaders } from './captured-headers.ts';
import { connectionOf } from './connection.ts';
import {
  askAdapter,
  askAdapterForString,
  authorityOf,
  headersOf,
  httpVersionOf,
  isEncrypted,
  isUpgrade,
  methodOf,
  socketOf,
  urlOf,
  userAgentOf,
} from './request-facts.ts';
import { pathOf, queryOf } from './request-target.ts';
import { type Emit, emitBefore } from './reserve-slots.ts';
import type { ServerSpanSettings } from './resolve-http-settings.ts';
import { isEventStream, isHandedOver, isTimedOut } from './response-end.ts';
import { sentStatusOf } from './sent-head.ts';
import type { ServerAdapter } from './server-adapter.ts';
import type { Caller } from './trust.ts';
import { finishWithSocket, leaveSocket } from './upgraded-socket.ts';

/** The state of one request, kept until its span ends. */
export class ServerSpan<Request> implements SpanStart {
  /** How the method appears in the span's name. */
  readonly spanMethod: string;
  context: Context | undefined = undefined;
  /** A link to the caller whose trace is not continued. */
  links: readonly Link[] | undefined = undefined;
  span: RecordingSpan | undefined = undefined;
  /** Whether 'timeout' was emitted: by the server, the connection, or a timeout of the application. */
  sawTimeout = false;
  readonly requestEmit: Emit;
  readonly responseEmit: Emit;
  /** Whether Node gave all of the response to the operating system. */
  private isComplete = false;
  /** Of a GraphQL server; `null` after a second one. */
  private operation: string | null | undefined = undefined;
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

  /** `undefined` if no tracer made the span. */
  get tracer(): InternalTracer | undefined {
    const span = this.context?.span;
    return isWaymarkSpan(span) ? tracerOf(span) : undefined;
  }

  get scope(): InstrumentationScope {
    return scopeOfAdapter(this.adapter as ServerAdapter<never>); // no function of it is called
  }

  // The other fields of SpanStart. Without them, properties that a library puts on `Object.prototype` would count.
  get attributes(): undefined {
    return undefined;
  }

  get startTime(): undefined {
    return undefined;
  }

  /** Called by an app within the one that began the request: the inner app knows the route. */
  goOnWith(request: Request, adapter: ServerAdapter<Request>): Context {
    this.request = request;
    this.adapter = adapter;
    return this.context as Context; // set before a request has this object
  }

  /** The attributes that a sampler may read. Made only if it reads them. */
  samplingAttributes(): Attributes {
    return attributesToObject([...this.sharedAttributes().list, ...this.ownAttributes()]);
  }

  /** The attributes that most requests of a connection share. */
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

  /** Path and query as the client sent them. */
  target(): string {
    return this.ask(this.adapter.target) ?? urlOf(this.raw);
  }

  /** The facts about the caller for a trust rule. */
  callerOf(span: WaymarkSpan | undefined): Caller {
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
    if (span.hookPhase === undefined) this.describeStart(span);
    try {
      // The response of an upgraded connection gets no 'close'.
      if (isUpgrade(this.raw) && this.socket !== undefined) finishWithSocket(this, this.socket);
    } catch (error) {
      span.tracer.diagnostics.count('instrumentation-failed', error);
    }
  }

  describeStart(span: RecordingSpan): void {
    try {
      span.startWith(this.ownAttributes(), this.sharedAttributes());
    } catch (error) {
      span.tracer.diagnostics.count('instrumentation-failed', error);
    }
  }

  /** Notes whether a response that has finished is complete. Never throws. */
  noteFinish(): void {
    this.isComplete = isHandedOver(this.response, this.socket);
  }

  /**
   * Ends the span of a request whose connection closed before its response got the socket: up to Node 22, a pipelined response that
   * waits for its turn gets no 'close' then. Never throws.
   */
  finishUnlessSending(): void {
    if (readProperty(this.raw, 'aborted') === true && readProperty(this.response, 'socket') === null) this.finish();
  }

  /** Ends the span with the outcome of the request. Only the first call counts. Never throws. */
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

  /** Ends the span of a request that has become another connection, such as a WebSocket. Only the first call counts. Never throws. */
  finishUpgrade(status: number): void {
    const { span, socket } = this;
    if (span === undefined || span.endMs !== undefined) return;
    span.setAttribute('http.response.status_code', status);
    if (socket !== undefined) leaveSocket(this, socket);
    this.finish();
  }

  /** The pattern that matched, as far as it is known by now. */
  get route(): string | undefined {
    return this.ask(this.adapter.route);
  }

  /** An upgraded connection has operations until it closes: they do not name its request. */
  noteOperation(operation: string): void {
    if (!isUpgrade(this.raw)) this.operation = this.operation === undefined ? operation : null;
  }

  private describeEnd(span: RecordingSpan): void {
    const { response, socket, spanMethod, operation, route } = this;
    if (route !== undefined) span.setAttribute('http.route', route);
    // A name that the application has set stays.
    if (span.name === spanMethod) {
      const name = route === undefined ? spanMethod : nameOf(spanMethod, route);
      if (operation !== undefined && operation !== null) span.updateName(`${name} ${operation}`);
      else if (route !== undefined) span.updateName(name);
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
      // No description: status code and error.type say it already. A status that the application has set stays.
      if (span.statusCode === 'unset') span.setStatus({ code: 'error' });
    }
    const captured = this.settings.captureHeaders?.response;
    if (captured !== undefined && status !== undefined) recordResponseHeaders(captured, response, span);
  }

  /** Whether a broken-off response is normal: of an upgraded connection, and of a stream of events, which the client closes. */
  private endsByItself(status: number | undefined): boolean {
    return status === undefined ? isUpgrade(this.raw) : isEventStream(this.response);
  }
}

// An app has few routes, but a handler may set any string as one.
const maxNames = 1000;
const names = new Map<string, { readonly method: string; readonly name: string }>();

/** Returns one string for all spans of a route: V8 would flatten and hash a new one for each span. */
function nameOf(method: string, route: string): string {
  const known = names.get(route);
  if (known?.method === method) return known.name;
  const name = `${method} ${route}`;
  if (names.size < maxNames || known !== undefined) names.set(route, { method, name });
  return name;
}

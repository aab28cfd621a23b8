/**
 * The one owner of the server span: names it, fills it in and ends it, by OpenTelemetry's HTTP conventions. Adapters bring
 * facts and decide nothing, so that every framework behaves the same.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type AttributeList, type Attributes, attributesToObject } from '../attributes.ts';
import type { Context } from '../context.ts';
import { type InternalTracer, tracerOf } from '../internal-tracer.ts';
import { cameFromWithin } from '../passing-exceptions.ts';
import { readProperty } from '../read-property.ts';
import type { RecordingSpan } from '../recording-span.ts';
import type { SharedAttributes } from '../shared-attributes.ts';
import type { Link } from '../span.ts';
import type { SpanStart } from '../span-options.ts';
import { isWaymarkSpan, type WaymarkSpan } from '../waymark-span.ts';
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

/** The state of one request: what is needed to fill its span in at the end. */
export class ServerSpan<Request> implements SpanStart {
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
  get tracer(): InternalTracer | undefined {
    const span = this.context?.span;
    return isWaymarkSpan(span) ? tracerOf(span) : undefined;
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

/**
 * The one owner of the client span: starts it, carries its context onward, fills it in and ends it, by OpenTelemetry's HTTP
 * conventions. `undici.ts` and `node-http.ts` bring facts and decide nothing, so that all clients look the same.
 *
 * A span ends when the response's headers are there. Its time is the answer's, then, not that of a reader who takes the body
 * slowly; and a body that nobody reads leaves no span open. What goes wrong in the body later reaches whoever reads
 * it, as an exception in the span around.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span
 */
import { type AttributeList, type Attributes, attributesToObject } from '../attributes.ts';
import { Context } from '../context.ts';
import { tracerOfProcess } from '../default-tracer.ts';
import { resolveKnownMethods } from '../known-methods.ts';
import type { OutboundSettings, TraceStateMember } from '../outbound-settings.ts';
import { PassingSpan } from '../passing-span.ts';
import { processState } from '../process-state.ts';
import { contextOfCall } from '../propagation/join-formats.ts';
import type { Getter, Setter } from '../propagation/propagator.ts';
import { TraceState } from '../propagation/tracestate.ts';
import type { RecordingSpan } from '../recording-span.ts';
import type { Span } from '../span.ts';
import type { SpanStart } from '../span-options.ts';
import { type Tracer, tracerOf } from '../tracer.ts';
import { compilePropagateTo } from '../urls/propagate-to.ts';
import { parseHost } from '../urls/server-address.ts';
import { defaultUrlRedaction } from '../urls/url-redaction.ts';
import { isWaymarkSpan, type WaymarkSpan } from '../waymark-span.ts';
import { addHeaders, type OutgoingHeaders } from './add-headers.ts';
import { errorTypeOf, isCancel, messageOf, timeoutType } from './failure.ts';
import { expectResend, takeResendCount } from './resends.ts';
import { signatureOf } from './signed-request.ts';

/** What only the client library knows. One object for each library, shared by all requests. */
export interface ClientAdapter<Request> {
  method(request: Request): string;
  /** Scheme, host and port, path and query, with all its secrets. */
  url(request: Request): string;
  /** Whether headers can no longer be changed. */
  isSealed(request: Request): boolean;
  /** @param name In lower case, as in the next three; the request may have it in any. */
  hasHeader(request: Request, name: string): boolean;
  /** Reads the headers that the request has. */
  readonly getter: Required<Getter<Request>>;
  /** Leaves a header alone that the request has already. */
  readonly setter: Setter<Request>;
  /** Removes a header from the client's own request; what the application passed to the client stays as it is. */
  removeHeader(request: Request, name: string): void;
}

/** The socket of a call, as far as its span tells of it. */
export interface Peer {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

/** A request carries its span under this key: callbacks of clients run in the context of whoever opened their socket. */
const clientSpanKey: unique symbol = Symbol.for('waymark.client-span.v1') as never;

/** The request object of a client library. */
export interface TracedRequest {
  /** `null` when the span has ended. */
  [clientSpanKey]?: ClientSpan | null;
}

/**
 * Starts the span of a request that is about to be sent, and adds the headers that carry its context.
 *
 * @param context The caller's.
 * @param resendCount How often the client has sent this request before; absent if it cannot tell.
 * @returns What was added, for a client whose application may still set headers; `undefined` if nothing was.
 */
export function beginClientSpan<Request extends TracedRequest>(
  request: Request,
  adapter: ClientAdapter<Request>,
  context: Context | undefined,
  resendCount?: number,
): OutgoingHeaders | undefined {
  if (request[clientSpanKey] !== undefined) return undefined;
  const active = context?.span;
  const parent = isWaymarkSpan(active) ? active : undefined;
  if (isSuppressed(parent)) return undefined;
  const tracer = tracerFor(parent) ?? tracerOfProcess();
  if (!tracer.tracesOutbound) return undefined;

  const settings = tracer.outbound ?? defaultSettings();
  const call = new Call(adapter.method(request), adapter.url(request), parent, resendCount, settings);
  const span = tracer.beginSpan(call.spanName, 'client', parent, call);
  if (isSuppressed(span)) return undefined;
  // Below what is not recorded, and once the tracer has been shut down, what comes back is the parent.
  if (span !== parent && span.mode === undefined) {
    request[clientSpanKey] = new ClientSpan(span, call);
    span.startWith(call.startAttributes());
  }
  const signature = signatureOf(call.url, adapter.getter.get(request, 'authorization'));
  if (signature === 'header') return undefined;
  // A call of an unsampled span has an id that is made up here, so that all formats have the same, and so that we know it again.
  const outgoing = contextOfCall(new Context(span, context?.baggage));
  const headers: OutgoingHeaders = {
    tracer,
    context: signature === 'url' ? nothing : permittedOf(outgoing, call.url, settings, tracer),
    trace: span.trace,
    replacesExisting: settings.existingTraceHeaders === 'replace',
    isMadeHere: span.mode === undefined || span.mode === 'unsampled',
    mayCarryBaggage: () => signature === undefined && isPermitted(settings.mayCarryBaggage, call.url, tracer),
  };
  addHeaders(request, adapter, headers);
  return headers;
}

const nothing: Context = Object.freeze(new Context(undefined, undefined));

/** The span of a request that has not been answered yet. */
export function clientSpanOf(request: TracedRequest): ClientSpan | undefined {
  return request[clientSpanKey] ?? undefined;
}

/** The same, to be ended: whoever comes next finds none. */
export function takeClientSpan(request: TracedRequest): ClientSpan | undefined {
  const clientSpan = request[clientSpanKey];
  if (clientSpan) request[clientSpanKey] = null;
  return clientSpan ?? undefined;
}

/** The tracer that calls below a span belong to, if there is one yet. */
export function tracerFor(active: Span | undefined): Tracer | undefined {
  return (isWaymarkSpan(active) ? tracerOf(active) : undefined) ?? processState.defaultTracer;
}

/** The part of a context that may go where a URL leads. */
function permittedOf(context: Context, url: string, settings: OutboundSettings, tracer: Tracer): Context {
  const { mayTrace, mayCarryBaggage, traceStateMember } = settings;
  const hasOwn = context.baggage !== undefined || traceStateMember !== undefined;
  if (mayTrace === undefined && !hasOwn) return context;
  const isOurs = hasOwn && isPermitted(mayCarryBaggage, url, tracer);
  let span = isPermitted(mayTrace, url, tracer) ? context.span : undefined;
  if (traceStateMember && isWaymarkSpan(span)) span = withMember(span, traceStateMember, isOurs);
  return new Context(span, isOurs ? context.baggage : undefined);
}

function isPermitted(mayGo: ((url: string) => boolean) | undefined, url: string, tracer: Tracer): boolean {
  try {
    return mayGo === undefined || mayGo(url);
  } catch (error) {
    tracer.diagnostics.count('hook-failed', error);
    return false;
  }
}

/** Stands for a span in the headers of one call, with our member of tracestate or without it. */
function withMember(span: WaymarkSpan, { key, value }: TraceStateMember, isOurs: boolean): PassingSpan {
  const { trace, idHigh, idLow, isSampled, tracer } = span;
  const before = trace.traceState ?? TraceState.empty;
  const after = trace.withTraceState(isOurs ? before.set(key, value) : before.unset(key));
  const [mode, notes] = span.mode !== undefined ? [span.mode, span.notes] : (['ignored', undefined] as const); // goes out as it is
  return new PassingSpan(after, idHigh, idLow, isSampled, mode, tracer, notes);
}

function isSuppressed(span: WaymarkSpan | undefined): boolean {
  return span !== undefined && span.mode !== undefined && span.mode === 'suppressed';
}

/** What a span starts with, if there is to be one. */
class Call implements SpanStart {
  readonly spanName: string;
  readonly url: string;
  readonly parent: WaymarkSpan | undefined;
  private readonly method: string;
  private readonly isKnownMethod: boolean;
  private readonly settings: OutboundSettings;
  private knownResendCount: number | undefined;

  constructor(
    method: string,
    url: string,
    parent: Call['parent'],
    resendCount: number | undefined,
    settings: OutboundSettings,
  ) {
    this.method = method;
    this.settings = settings;
    this.isKnownMethod = settings.knownMethods.has(method);
    this.spanName = this.isKnownMethod ? method : 'HTTP';
    this.url = url;
    this.parent = parent;
    this.knownResendCount = resendCount;
  }

  // SpanStart's others. Without these, what somebody puts on `Object.prototype` would be taken for them.
  get attributes(): undefined {
    return undefined;
  }

  get links(): undefined {
    return undefined;
  }

  get startTime(): undefined {
    return undefined;
  }

  /** What a sampler may want to know. Made only if it asks. */
  samplingAttributes(): Attributes {
    return attributesToObject(this.startAttributes());
  }

  startAttributes(): AttributeList {
    const { method, isKnownMethod, url, resendCount } = this;
    const list: AttributeList = ['http.request.method', isKnownMethod ? method : '_OTHER'];
    if (!isKnownMethod) list.push('http.request.method_original', method);
    const server = serverOf(url);
    if (server) list.push('server.address', server.address, 'server.port', server.port);
    list.push('url.full', this.recordable(url));
    if (resendCount > 0) list.push('http.request.resend_count', resendCount);
    return list;
  }

  /** The URL without its secrets. */
  recordable(url: string): string {
    return this.settings.redactUrl(url);
  }

  get resendCount(): number {
    this.knownResendCount ??= this.parent ? takeResendCount(this.parent, this.url) : 0;
    return this.knownResendCount;
  }
}

/** A span that waits for its answer. */
export class ClientSpan {
  private readonly span: RecordingSpan;
  private readonly call: Call;

  constructor(span: RecordingSpan, call: Call) {
    this.span = span;
    this.call = call;
  }

  /** Corrects the address, where its port is known only from the socket. */
  setUrl(url: string): void {
    const server = serverOf(url);
    if (server) this.span.setAttribute('server.port', server.port);
    this.span.setAttribute('url.full', this.call.recordable(url));
  }

  /** Tells who is at the other end of the connection: the server, or a proxy before it. */
  setPeer({ remoteAddress, remotePort }: Peer): void {
    if (remoteAddress !== undefined) this.span.setAttribute('network.peer.address', remoteAddress);
    if (remotePort !== undefined) this.span.setAttribute('network.peer.port', remotePort);
  }

  /** @param version `1.1` or `2`. */
  setProtocolVersion(version: string): void {
    this.span.setAttribute('network.protocol.version', version);
  }

  /**
   * Ends the span with the headers of the response.
   *
   * @param location Where the response sends the client on to, if it does.
   */
  endAnswered(statusCode: number, location?: string): void {
    const { span, call } = this;
    span.setAttribute('http.response.status_code', statusCode);
    if (statusCode >= 400) {
      span.setAttribute('error.type', String(statusCode));
      span.setStatus({ code: 'error' }); // no description: the status code says it
    }
    if (call.parent && location !== undefined) expectResend(call.parent, call.url, location, call.resendCount + 1);
    span.end();
  }

  /** Ends the span of a call whose answer nobody will tell of. */
  endUnanswered(): void {
    this.span.end();
  }

  /**
   * Ends the span of a call that got no response.
   *
   * @param isOutOfTime Whether time was up, if the error alone says that the caller has given the call up.
   */
  endFailed(error: unknown, isOutOfTime: () => boolean = never): void {
    try {
      describeFailure(this.span, error, isOutOfTime);
    } finally {
      this.span.end(); // whatever an error does that is looked at
    }
  }

  /** Ends the span of a call whose time was up. What it was given up with says more, if it is an error. */
  endOutOfTime(error?: unknown): void {
    this.span.setAttribute('error.type', timeoutType);
    this.span.setStatus({ code: 'error', message: messageOf(error) });
    this.span.end();
  }

  /** How long the call has lasted, in milliseconds. */
  get elapsedMs(): number {
    return this.span.nowMs() - this.span.startMs;
  }

  /** Ends the span of a call that its caller has given up, which is no error. */
  endCancelled(): void {
    this.span.addEvent('cancelled');
    this.span.end();
  }
}

/** Whether a response may send the client on to its location. */
export function isRedirect(statusCode: number): boolean {
  return statusCode >= 300 && statusCode < 400;
}

function describeFailure(span: RecordingSpan, error: unknown, isOutOfTime: () => boolean): void {
  const isGivenUp = isCancel(error);
  if (isGivenUp && !isOutOfTime()) {
    span.addEvent('cancelled');
    return;
  }
  span.setAttribute('error.type', isGivenUp ? timeoutType : errorTypeOf(error));
  span.setStatus({ code: 'error', message: messageOf(error) });
}

function never(): boolean {
  return false;
}

function serverOf(url: string): { readonly address: string; readonly port: number } | undefined {
  const start = url.indexOf('://') + 3;
  let end = start;
  while (end < url.length && !endsAuthority(url.charCodeAt(end))) end++;
  const at = url.lastIndexOf('@', end - 1);
  const host = parseHost(url.slice(at < start ? start : at + 1, end));
  return host && { address: host.address, port: host.port ?? (url.startsWith('https:') ? 443 : 80) };
}

/** RFC 3986, section 3.2: a slash, a question mark or a number sign. */
function endsAuthority(code: number): boolean {
  return code === 47 || code === 63 || code === 35;
}

let defaults: OutboundSettings | undefined;

/** For a tracer that no adapter has a say in. From the environment, which is read when the first call is made. */
function defaultSettings(): OutboundSettings {
  defaults ??= {
    knownMethods: resolveKnownMethods(undefined).methods,
    redactUrl: defaultUrlRedaction.url,
    ...compilePropagateTo(),
    traceStateMember: undefined,
    existingTraceHeaders: undefined,
  };
  return defaults;
}

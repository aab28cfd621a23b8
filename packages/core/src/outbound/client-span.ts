/**
 * The client span of a call: its attributes, and its end, by OpenTelemetry's HTTP conventions.
 *
 * A span ends when the headers of the response arrive. So it measures the server, and not how slowly the application reads the body,
 * and a body that is never read leaves no span open. A later fault of the body throws where the application reads it, within the
 * parent span.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span
 */
import type { Attributes } from '../attribute-value.ts';
import { type AttributeList, attributesToObject } from '../attributes.ts';
import { clientSpanKey } from '../client-span-key.ts';
import { type InstrumentationScope, ownScope } from '../instrumentation-scope.ts';
import type { OutboundSettings } from '../outbound-settings.ts';
import type { RecordingSpan } from '../recording-span.ts';
import type { SpanStart } from '../span-options.ts';
import { serverOfUrl } from '../urls/server-address.ts';
import type { WaymarkSpan } from '../waymark-span.ts';
import { describeFailure, describeTimeout } from './failure.ts';
import { expectResend, takeResendCount } from './resends.ts';

/** The facts about the socket of a call that its span records. */
export interface Peer {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

/** The request object of a client library. */
export interface TracedRequest {
  /** `null` after the span has ended. */
  [clientSpanKey]?: ClientSpan | null;
}

/** The span of a request without a response yet. */
export function clientSpanOf(request: TracedRequest): ClientSpan | undefined {
  return request[clientSpanKey] ?? undefined;
}

/** Takes the span from a request, to end it. The next call finds none. */
export function takeClientSpan(request: TracedRequest): ClientSpan | undefined {
  const clientSpan = request[clientSpanKey];
  if (clientSpan) request[clientSpanKey] = null;
  return clientSpan ?? undefined;
}

const scope = ownScope('@waymark/core/outbound');

/** The facts that a span starts with, for the sampler and the span. */
export class Call implements SpanStart {
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

  // The other fields of SpanStart. Without them, properties that a library puts on `Object.prototype` would count.
  get attributes(): undefined {
    return undefined;
  }

  get scope(): InstrumentationScope {
    return scope;
  }

  get links(): undefined {
    return undefined;
  }

  get startTime(): undefined {
    return undefined;
  }

  /** The attributes that a sampler may read. Made only if it reads them. */
  samplingAttributes(): Attributes {
    return attributesToObject(this.startAttributes());
  }

  describeStart(span: RecordingSpan): void {
    span.startWith(this.startAttributes());
  }

  startAttributes(): AttributeList {
    const { method, isKnownMethod, url, resendCount } = this;
    const list: AttributeList = ['http.request.method', isKnownMethod ? method : '_OTHER'];
    if (!isKnownMethod) list.push('http.request.method_original', method);
    const server = serverOfUrl(url);
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

  /** For links to it. */
  get recording(): RecordingSpan {
    return this.span;
  }

  /** Corrects the URL, if only the socket knows the port. */
  setUrl(url: string): void {
    const server = serverOfUrl(url);
    if (server) this.span.setAttribute('server.port', server.port);
    this.span.setAttribute('url.full', this.call.recordable(url));
  }

  /** Records the other end of the connection: the server, or a proxy in front of it. */
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
   * @param location The `Location` of a redirect.
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

  /** Ends the span of a call whose response is never published. */
  endUnanswered(): void {
    this.span.end();
  }

  /**
   * Ends the span of a call that got no response.
   *
   * @param isOutOfTime Whether the call timed out. Called if the error alone looks like a cancel.
   */
  endFailed(error: unknown, isOutOfTime: () => boolean = never): void {
    try {
      describeFailure(this.span, error, isOutOfTime);
    } finally {
      this.span.end(); // also if reading the error throws
    }
  }

  /** Ends the span of a call that timed out, with the message of the error, if there is one. */
  endOutOfTime(error?: unknown): void {
    describeTimeout(this.span, error);
    this.span.end();
  }

  /** How long the call has lasted, in milliseconds. */
  get elapsedMs(): number {
    return this.span.nowMs() - this.span.startMs;
  }

  /** Ends the span of a call that its caller has cancelled, which is not an error. */
  endCancelled(): void {
    this.span.addEvent('cancelled');
    this.span.end();
  }
}

/** Whether a response may be a redirect. */
export function isRedirect(statusCode: number): boolean {
  return statusCode >= 300 && statusCode < 400;
}

function never(): boolean {
  return false;
}

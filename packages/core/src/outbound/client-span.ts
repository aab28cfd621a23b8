/**
 * The client span: what it starts with, what is learned of its call, and how it ends, by OpenTelemetry's HTTP conventions.
 *
 * A span ends when the response's headers are there. Its time is the answer's, then, not that of a reader who takes the body
 * slowly; and a body that nobody reads leaves no span open. What goes wrong in the body later reaches whoever reads
 * it, as an exception in the span around.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span
 */
import { type AttributeList, type Attributes, attributesToObject } from '../attributes.ts';
import type { OutboundSettings } from '../outbound-settings.ts';
import type { RecordingSpan } from '../recording-span.ts';
import type { SpanStart } from '../span-options.ts';
import { serverOfUrl } from '../urls/server-address.ts';
import type { WaymarkSpan } from '../waymark-span.ts';
import { describeFailure, describeTimeout } from './failure.ts';
import { expectResend, takeResendCount } from './resends.ts';

/** The socket of a call, as far as its span tells of it. */
export interface Peer {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

/** A request carries its span under this key: callbacks of clients run in the context of whoever opened their socket. */
export const clientSpanKey: unique symbol = Symbol.for('waymark.client-span.v1') as never;

/** The request object of a client library. */
export interface TracedRequest {
  /** `null` when the span has ended. */
  [clientSpanKey]?: ClientSpan | null;
}

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

/** What a span starts with, if there is to be one. */
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

  /** Corrects the address, where its port is known only from the socket. */
  setUrl(url: string): void {
    const server = serverOfUrl(url);
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
    describeTimeout(this.span, error);
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

function never(): boolean {
  return false;
}

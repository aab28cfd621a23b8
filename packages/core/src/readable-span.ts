/** A recorded span as exporters and hooks see it. */
import type { AttributeValue } from './attribute-value.ts';
import type { InstrumentationScope } from './instrumentation-scope.ts';
import type { Span, StatusCode } from './span.ts';
import type { SpanKind } from './span-kind.ts';

/**
 * A recorded span, to be read. `readSpan()` copies it as plain data, attributes, events and links included.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/sdk/#additional-span-interfaces
 */
export interface ReadableSpan {
  /** The name as it is now; a hook may still change it. */
  readonly name: string;
  /** `internal` unless it was set. */
  readonly kind: SpanKind;
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  /** 16 lower-case hex digits, or `undefined` for a root. */
  readonly parentSpanId: string | undefined;
  /** Whether the parent is a span of another process. */
  readonly parentIsRemote: boolean;
  /** Unix milliseconds. */
  readonly startMs: number;
  /** Unix milliseconds; `undefined` while the span runs. */
  readonly endMs: number | undefined;
  /** `unset` unless it was set. */
  readonly statusCode: StatusCode;
  /** Only with `error`. */
  readonly statusMessage: string | undefined;
  /** Which code made it: `@waymark/core`, unless an adapter, a library's tracing or `tracer.withScope()` did. */
  readonly scope: InstrumentationScope;
}

/** An event of a span, as plain data. */
export interface SpanEventData {
  /** What happened, such as `exception`. */
  readonly name: string;
  /** Unix milliseconds. */
  readonly timeMs: number;
  /** By key, in the order in which they were set. */
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** A link of a span, as plain data. */
export interface SpanLinkData {
  /** Of the span that it points to: 32 lower-case hex digits. */
  readonly traceId: string;
  /** Of the span that it points to: 16 lower-case hex digits. */
  readonly spanId: string;
  /** By key, in the order in which they were set. */
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** A recorded span in a hook: it can be read, and still be written to. */
export interface HookedSpan extends Span, ReadableSpan {
  /** The value of an attribute; `undefined` if the span does not have it. `readSpan(span).attributes` has all of them. */
  getAttribute(key: string): AttributeValue | undefined;
  /** Removes an attribute. Setting it to `undefined` does the same in a hook. */
  removeAttribute(key: string): this;
  /**
   * Calls `change` with each event, and puts the event that it returns in its place. `undefined`, or a value without a name, removes it.
   *
   * @example
   * span.changeEvents((event) => (event.name === 'exception' ? { ...event, attributes: {} } : event));
   */
  changeEvents(change: (event: SpanEventData) => SpanEventData | undefined): this;
  /** The same for links, of which only the attributes can be changed. */
  changeLinks(change: (link: SpanLinkData) => SpanLinkData | undefined): this;
  /**
   * Leaves the span out of the trace, when the hook has returned. Its children become its parent's. A span is kept, and counted as
   * `drop-too-late`, if a child of it has been exported, or if a header with its id has been sent.
   */
  drop(): void;
}

/** A recorded span that has just started, with the attributes and links that it starts with. */
export interface StartingSpan extends HookedSpan {}

/** A recorded span that is about to end. */
export interface EndingSpan extends HookedSpan {}

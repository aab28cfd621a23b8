/** The span as applications and instrumentations see it. */
import type { Attributes, AttributeValue } from './attribute-value.ts';
import type { TimeInput } from './clock.ts';
import type { SpanContext, SpanContextInput } from './span-context.ts';

/** OpenTelemetry's status codes, by name or by the number that its API has for them. */
export type StatusCode = 'unset' | 'ok' | 'error';

/** How the work of a span went. */
export interface SpanStatus {
  /** `unset` unless the application or an instrumentation has said it. */
  readonly code: StatusCode;
  /** Only with `error`. */
  readonly message?: string;
}

export interface SpanEvent {
  readonly name: string;
  /** Unix milliseconds. */
  readonly timeMs: number;
  readonly attributes: readonly (string | AttributeValue)[];
  readonly droppedAttributesCount: number;
}

export interface SpanLink {
  readonly context: SpanContext;
  readonly attributes: readonly (string | AttributeValue)[];
  readonly droppedAttributesCount: number;
}

/** A link to a span of another trace, or of another branch of this one. */
export interface Link {
  /** The span that the link points to. */
  readonly context: SpanContextInput;
  /** {@link Attributes}. Typed as loosely as in OpenTelemetry's API, so that `Span` is one of its spans. */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * One step of a trace. A superset of `@opentelemetry/api`'s `Span`, so code written for that API takes it.
 *
 * No method throws, whatever its arguments are. After `end()` no method has an effect.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/api/#span
 */
export interface Span {
  /** 32 lower-case hex digits. Put this into your logs. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  /** The part of this span that other processes need. A new object for each call. */
  spanContext(): SpanContext;
  /** Whether the span keeps data that is set on it: it is sampled and has not ended. */
  isRecording(): boolean;
  /**
   * Sets one attribute; a second value for a key replaces the first. An attribute beyond the limits is left out and counted in the
   * span's `droppedAttributesCount`; one with a value that cannot be kept is counted in `tracer.stats()`.
   *
   * @param value An {@link AttributeValue}; {@link Attributes} says what happens to other values. It is copied. `undefined` is skipped.
   */
  setAttribute(key: string, value: unknown): this;
  /** Sets several attributes; `undefined` is skipped. */
  setAttributes(attributes: Attributes): this;
  /**
   * Adds an event that happens now, or at `time`. Events beyond the limit (128 by default) are left out and counted.
   */
  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this;
  /** Adds a link to a related span. Links beyond the limit (128 by default) are left out and counted. */
  addLink(link: Link): this;
  /** Adds several links, as {@link addLink} does. */
  addLinks(links: readonly Link[]): this;
  /**
   * Adds an `exception` event with type, message and stack, including those of causes and of an AggregateError's errors. The status
   * stays as it is: see `setStatus()`. If the exception then passes through `withSpan()` or a server span, it is not recorded
   * again.
   *
   * @param exception The thrown value, of any kind.
   */
  recordException(exception: unknown, time?: TimeInput): void;
  /** Sets the status. `ok` is final; `ok` or a later `error` replaces an `error`; only `error` has a message. */
  setStatus(status: { readonly code: StatusCode | number; readonly message?: string | undefined }): this;
  /** Changes the name. The sampler has decided by the first one. */
  updateName(name: string): this;
  /** Ends the span, now or at `time`, but not before it began. Only the first call counts. */
  end(time?: TimeInput): void;
  /** Ends the span at the end of a `using` block. */
  [Symbol.dispose](): void;
}

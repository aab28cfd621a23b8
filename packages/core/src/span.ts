/** The span as applications and instrumentations see it. */
import type { Attributes, AttributeValue } from './attributes.ts';
import type { TimeInput } from './clock.ts';
import type { SpanContext, SpanContextInput } from './span-context.ts';

/** OpenTelemetry's status codes, by name or by the number that its API has for them. */
export type StatusCode = 'unset' | 'ok' | 'error';

export interface SpanStatus {
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

/** A link as it is given: to the span of another trace, or another branch of this one. */
export interface Link {
  readonly context: SpanContextInput;
  /** {@link Attributes}. Typed as loosely as in OpenTelemetry's API, so that `Span` is one of its spans. */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * One step of a trace. A superset of `@opentelemetry/api`'s `Span`, so code written for that API takes it.
 *
 * No method throws, whatever it is given; after `end()` each does nothing.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/api/#span
 */
export interface Span {
  /** 32 lower-case hex digits. The value for logs. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  /** What another process needs to know of this span. Made anew each time. */
  spanContext(): SpanContext;
  /** Whether what is set on this span is kept: it is sampled and has not ended. */
  isRecording(): boolean;
  /**
   * Sets one attribute; a second value for a key replaces the first. What is beyond the limits, or no attribute value, is left
   * out and counted: in the span's `droppedAttributesCount`, or in `tracer.stats()`.
   */
  setAttribute(key: string, value: AttributeValue): this;
  /** Sets several; `undefined` and `null` are skipped. */
  setAttributes(attributes: Attributes): this;
  /**
   * Adds what happened at a moment: now, or at `time`. Beyond the limit (128 unless set otherwise) the newest are left out and
   * counted.
   */
  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this;
  /** Points to another span that this one has to do with. Beyond the limit the newest are left out and counted. */
  addLink(link: Link): this;
  addLinks(links: readonly Link[]): this;
  /**
   * Adds an `exception` event with type, message and stack, those of causes and of an AggregateError's errors included. The status
   * stays as it is: see `setStatus()`. Where the exception then goes on through `withSpan()` or a server span, it is not recorded
   * once more.
   *
   * @param exception Whatever was thrown.
   */
  recordException(exception: unknown, time?: TimeInput): void;
  /** Says how it went. `ok` is final; `error` is replaced by `ok` or a later `error`; a message goes with `error` only. */
  setStatus(status: { readonly code: StatusCode | number; readonly message?: string | undefined }): this;
  /** Gives it another name. The sampler has decided by the first one. */
  updateName(name: string): this;
  /** Ends the span, now or at `time`, but not before it began. Only the first call counts. */
  end(time?: TimeInput): void;
  /** Ends the span at the end of a `using` block. */
  [Symbol.dispose](): void;
}

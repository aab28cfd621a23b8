/** A recorded span as exporters and hooks see it. */
import type { InstrumentationScope } from './instrumentation-scope.ts';
import type { Span, StatusCode } from './span.ts';
import type { SpanKind } from './span-kind.ts';

/**
 * A recorded span, to be read. `readSpan()` copies it as plain data, attributes, events and links included.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/sdk/#additional-span-interfaces
 */
export interface ReadableSpan {
  /** The name as it is now; `onEnding` may still change it. */
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

/** A recorded span that is about to end: it can be read, and still be written to. */
export interface EndingSpan extends Span, ReadableSpan {}

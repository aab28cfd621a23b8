/** What a span starts with. */
import type { Attributes } from './attribute-value.ts';
import type { TimeInput } from './clock.ts';
import type { Context } from './context.ts';
import type { InstrumentationScope } from './instrumentation-scope.ts';
import type { RecordingSpan } from './recording-span.ts';
import type { Link, Span } from './span.ts';
import type { SpanContextInput } from './span-context.ts';
import type { SpanKind } from './span-kind.ts';

/** A context, a span of Waymark's or of another library, or ids from a header or from storage. */
export type ParentInput = Context | Span | SpanContextInput;

/** The options of a span. The sampler sees all of them. */
export interface SpanOptions {
  /** By name, or by the number of OpenTelemetry's `SpanKind`. Default `internal`. */
  readonly kind?: SpanKind | number | undefined;
  /** Attributes from the start: the sampler sees them. */
  readonly attributes?: Attributes | undefined;
  /** Links from the start: the sampler sees them. */
  readonly links?: readonly Link[] | undefined;
  /** Default: now. */
  readonly startTime?: TimeInput | undefined;
  /** Default: the active span. `null` starts a new trace. */
  readonly parent?: ParentInput | null | undefined;
}

/** The options that an instrumentation passes. */
export interface SpanStart extends SpanOptions {
  /** Makes the attributes only when the sampler reads them. */
  samplingAttributes?(): Attributes;
  /** Default: that of core. */
  readonly scope?: InstrumentationScope | undefined;
  /** Whether the caller has named the parent: then the span is its child also after the end of everything around it. */
  readonly keepsParent?: boolean | undefined;
  /**
   * Gives a recorded span its first attributes. The tracer calls it before a start hook. Without such a hook the instrumentation calls
   * it: then the span has no `hookPhase`.
   */
  describeStart?(span: RecordingSpan): void;
}

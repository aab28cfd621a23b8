/** What a span starts with. */
import type { Attributes } from './attributes.ts';
import type { TimeInput } from './clock.ts';
import type { Context } from './context.ts';
import type { Link, Span } from './span.ts';
import type { SpanContextInput } from './span-context.ts';
import type { SpanKind } from './span-kind.ts';

/** A context, one of our spans or of another library's, or ids from wherever they were kept. */
export type ParentInput = Context | Span | SpanContextInput;

/** How a span starts. All of it is known to the sampler. */
export interface SpanOptions {
  /** By name, or by the number of OpenTelemetry's `SpanKind`. Default `internal`. */
  readonly kind?: SpanKind | number | undefined;
  readonly attributes?: Attributes | undefined;
  readonly links?: readonly Link[] | undefined;
  /** Default: now. */
  readonly startTime?: TimeInput | undefined;
  /** Default: the active span. `null` starts a new trace. */
  readonly parent?: ParentInput | null | undefined;
}

/** What an instrumentation starts a span with: attributes may be made only if the sampler asks for them. */
export interface SpanStart extends SpanOptions {
  samplingAttributes?(): Attributes;
}

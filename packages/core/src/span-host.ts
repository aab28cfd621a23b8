/** What a span knows of the tracer that made it. */
import type { AttributeLimits } from './attributes.ts';
import type { TraceClock } from './clock.ts';
import type { Diagnostics } from './diagnostics.ts';
import type { ReadableSpan } from './readable-span.ts';
import type { Resource } from './resource.ts';

export interface SpanHost {
  readonly settings: SpanSettings;
  readonly diagnostics: Diagnostics;
  readonly clock: TraceClock;
  readonly resource: Resource;
  /**
   * A span calls this when it ends, while it can still be written to. Returns whether it ends: a hook may drop it. `undefined`
   * without a hook of the application.
   */
  readonly onEnding?: ((span: never) => boolean) | undefined;
  /** Takes an ended span to the exporters, and then releases its data. */
  onEnd(span: ReadableSpan): void;
}

/** How much a span may hold. */
export interface SpanSettings {
  readonly spanLimits: AttributeLimits;
  readonly eventCountLimit: number;
  readonly eventAttributes: AttributeLimits;
  readonly linkCountLimit: number;
  readonly linkAttributes: AttributeLimits;
}

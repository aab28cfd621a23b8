/** The span that is not recorded, and only carries a trace onward. */
import type { Attributes } from './attributes.ts';
import { spanIdToHex } from './ids.ts';
import type { Link, Span } from './span.ts';
import { type SpanContext, spanContextOf } from './span-context.ts';
import type { SpanHost } from './span-host.ts';
import type { TraceIdentity } from './trace-identity.ts';

/** How a span that is not recorded shows itself to the next service. */
export type PassingMode =
  /** Not sampled here: the trace goes on with flags 00 and a new parent id for each call. */
  | 'unsampled'
  /** Stands for the caller's span, in a context that came by header: its children are decided on as a remote parent's. */
  | 'remote'
  /** An ignored request: what came in goes out unchanged, and no span is made below it. */
  | 'ignored'
  /** Tracing is off below: no span is made, no header is sent. The exporters' own traffic. */
  | 'suppressed';

/** What a context that came by header says beside ids and decision. */
export interface CallerNotes {
  /** Whether the caller left the sampling decision to its receiver. */
  readonly isDeferred: boolean;
  /** For the first span here: the callers that other headers named. */
  readonly links: readonly Link[];
  /** For the first span here: what the caller asked to have on it. */
  readonly attributes: Attributes | undefined;
}

/** A span that is not recorded. It holds nothing but ids, so it costs next to nothing and may be shared by its children. */
export class PassingSpan implements Span {
  readonly trace: TraceIdentity;
  readonly idHigh: number;
  readonly idLow: number;
  readonly isSampled: boolean;
  readonly mode: PassingMode;
  /** Whose propagators carry it on; absent where no tracer had a say, as for a context that came by header. */
  readonly tracer: SpanHost | undefined;
  /** Absent for most, and for all that W3C's headers bring. */
  readonly notes: CallerNotes | undefined;

  constructor(
    trace: TraceIdentity,
    idHigh: number,
    idLow: number,
    isSampled: boolean,
    mode: PassingMode,
    tracer?: SpanHost | undefined,
    notes?: CallerNotes | undefined,
  ) {
    this.trace = trace;
    this.idHigh = idHigh;
    this.idLow = idLow;
    this.isSampled = isSampled;
    this.mode = mode;
    this.tracer = tracer;
    this.notes = notes;
  }

  get traceId(): string {
    return this.trace.traceId;
  }

  get spanId(): string {
    return spanIdToHex(this.idHigh, this.idLow);
  }

  spanContext(): SpanContext {
    return spanContextOf(this, undefined, this.mode === 'remote' || this.mode === 'ignored');
  }

  isRecording(): boolean {
    return false;
  }

  setAttribute(): this {
    return this;
  }

  setAttributes(): this {
    return this;
  }

  addEvent(): this {
    return this;
  }

  addLink(): this {
    return this;
  }

  addLinks(): this {
    return this;
  }

  recordException(): void {}

  setStatus(): this {
    return this;
  }

  updateName(): this {
    return this;
  }

  end(): void {}

  [Symbol.dispose](): void {}
}

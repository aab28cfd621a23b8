/** The span that is not recorded, and only carries a trace onward. */
import type { Attributes } from './attribute-value.ts';
import { spanIdToHex } from './ids.ts';
import type { Link, Span } from './span.ts';
import { type SpanContext, spanContextOf } from './span-context.ts';
import type { SpanHost } from './span-host.ts';
import type { TraceIdentity } from './trace-identity.ts';
import { UnrecordedSpan } from './unrecorded-span.ts';

/** What the next service sees of a span that is not recorded. */
export type PassingMode =
  /** Not sampled here: each call carries the trace on, with flags 00 and a new parent id. */
  | 'unsampled'
  /** The caller's span, in a context that came by header: the sampler sees it as a remote parent. */
  | 'remote'
  /** An ignored request: the headers that came in go out unchanged, and no span is made below it. */
  | 'ignored'
  /** Tracing is off below, as for the exporters' own traffic: no span is made, no header is sent. */
  | 'suppressed';

/** What a context that came by header contains besides ids and decision. */
export interface CallerNotes {
  /** Whether the caller left the sampling decision to its receiver. */
  readonly isDeferred: boolean;
  /** For the first span here: the callers in other headers. */
  readonly links: readonly Link[];
  /** For the first span here: the attributes that the caller asked for. */
  readonly attributes: Attributes | undefined;
}

/** A span that is not recorded. It has only ids, so it costs next to nothing, and its children may share it. */
export class PassingSpan extends UnrecordedSpan implements Span {
  readonly trace: TraceIdentity;
  readonly idHigh: number;
  readonly idLow: number;
  readonly isSampled: boolean;
  readonly mode: PassingMode;
  /** The tracer whose propagators carry it on; absent in a context that came by header. */
  readonly tracer: SpanHost | undefined;
  /** Absent for most spans, and for all that come by W3C's headers. */
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
    super();
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
}

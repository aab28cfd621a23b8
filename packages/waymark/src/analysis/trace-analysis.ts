/** The result of the analysis of one trace. Indexes are those of the outline. */
export interface TraceAnalysis {
  /** All spans, depth first, siblings ordered by start: the rows of a waterfall. */
  readonly order: Int32Array;
  /** For each row in `order`: how many spans are above it. */
  readonly depths: Int32Array;
  /** For each row in `order`: the row after its last descendant, for folding. */
  readonly subtreeEnds: Int32Array;
  /** For each span: its parent's index, or -1 if it is at the top (a root, an orphan, or where a cycle was cut). */
  readonly parents: Int32Array;
  /** For each span: how many children it has. */
  readonly childCounts: Int32Array;
  /**
   * For each span: its start and end in the analysis. Milliseconds after the outline's `startUnixMs`; negative if the
   * span's clock was ahead. Clocks are corrected, and an unfinished span ends with the last span below it.
   */
  readonly startMs: Float64Array;
  /** For each span: when it ended, in the same unit as `startMs`. */
  readonly endMs: Float64Array;
  /**
   * For each span: how far its clock seems to be ahead, in milliseconds. `startMs` is corrected by it. 0 where the
   * times are those that were sent.
   */
  readonly clockOffsetMs: Float64Array;
  /** For each span: milliseconds in which none of its children ran. */
  readonly selfMs: Float64Array;
  /** For each span: milliseconds that it contributes to the critical path; 0 if it is not on the path. */
  readonly criticalMs: Float64Array;
  /** The critical path as pieces of time, in order and without a gap, from the trace's start to its end. */
  readonly criticalPath: readonly CriticalPiece[];
  /** The earliest of `startMs`. */
  readonly firstMs: number;
  /** From the first start to the last end. */
  readonly durationMs: number;
  /** Top spans that have no parent id. None: the root is missing. Several: reported as a finding. */
  readonly roots: readonly number[];
  /** Top spans with a parent that is not in the trace, by the id of the missing parent. */
  readonly orphans: readonly { readonly parentSpanId: string; readonly spans: readonly number[] }[];
  /** Runs of equal siblings, the largest first. */
  readonly repeats: readonly Repeat[];
  /** Parts of a span that no child covers, the longest first. */
  readonly gaps: readonly Gap[];
  /** Where errors began: failed spans that do not only pass on the failure of a span below them. */
  readonly errorOrigins: readonly number[];
  /** What is odd about the trace. It is reported, and not corrected. */
  readonly findings: readonly Finding[];
}

/** A stretch of the critical path that one span accounts for. */
export interface CriticalPiece {
  /** -1 if no span covers that time: a message was in its queue, or a span in between is missing. */
  readonly span: number;
  /** Milliseconds after the outline's `startUnixMs`. */
  readonly startMs: number;
  /** Milliseconds after the outline's `startUnixMs`. */
  readonly endMs: number;
}

/** Equal siblings: the same parent and signature, or N+1 steps with names that differ only in numbers. */
export interface Repeat {
  /** Index of the span that has them as children, or -1. */
  readonly parent: number;
  /** Index in the outline's `signatures`. */
  readonly signature: number;
  /** Their indexes, by start. */
  readonly spans: readonly number[];
  /** The sum of their durations, in milliseconds. */
  readonly totalMs: number;
  /** Milliseconds in which at least one of them ran. */
  readonly coveredMs: number;
  /** Whether more than a fifth of their time overlaps, as with `Promise.all()`. */
  readonly isParallel: boolean;
  /** Whether it is an N+1: many calls that one call could replace, and that take a significant part of the trace. */
  readonly isNPlusOne: boolean;
  /**
   * The number of distinct calls among them, or below them if they are steps, without retries and further pages. 0: too
   * few.
   */
  readonly callCount: number;
  /**
   * By how many milliseconds the trace would be shorter with one call of average duration in their place. 0 if the
   * trace does not wait for them, or if that is not known.
   */
  readonly shorterByMs: number;
}

/** Time of a span in which none of its children ran. */
export interface Gap {
  /** Index of the span. */
  readonly span: number;
  /** Milliseconds after the outline's `startUnixMs`. */
  readonly startMs: number;
  /** Milliseconds after the outline's `startUnixMs`. */
  readonly endMs: number;
}

/** Something odd about a trace. `kind` says what; the spans concerned are indexes of the outline. */
export type Finding =
  | { readonly kind: 'missing-root' }
  | { readonly kind: 'several-roots'; readonly spans: readonly number[] }
  | { readonly kind: 'orphan'; readonly parentSpanId: string; readonly spans: readonly number[] }
  | { readonly kind: 'cycle'; readonly spans: readonly number[] }
  | { readonly kind: 'duplicate-id'; readonly spanId: string; readonly spans: readonly number[] }
  | { readonly kind: 'negative-duration'; readonly span: number }
  /** Spans without an end: still running when they were sent, or cut off. */
  | { readonly kind: 'unfinished'; readonly spans: readonly number[] }
  /**
   * Servers that start before their client or after its end, by the times that were sent. `offsetMs` is how far the
   * service's clock seems to be ahead of its caller's, or the most if calls differ. The analysis uses corrected times.
   */
  | {
      readonly kind: 'clock-skew';
      readonly service: number;
      readonly parentService: number;
      readonly offsetMs: number;
      readonly spans: readonly number[];
    }
  /** A child in the same process ends after its parent: asynchronous work, or a parent that ended too early. */
  | { readonly kind: 'outlives-parent'; readonly span: number };

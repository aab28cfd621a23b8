import type { CallPurpose } from './call-purpose.ts';

/**
 * A trace in columns: all that a waterfall and the analysis need, without attributes. Entry `i` of each column is about
 * span `i`, in order of start. It is plain JSON, and 50,000 spans take a few megabytes. Details are read span by span.
 */
export interface TraceOutline {
  readonly traceId: string;
  /** Unix milliseconds of the earliest start. */
  readonly startUnixMs: number;
  readonly spanIds: readonly string[];
  /** Empty for a root. The parent may be missing from the trace. */
  readonly parentSpanIds: readonly string[];
  /** The distinct services, and the index in that list for each span. */
  readonly services: readonly string[];
  readonly serviceOf: readonly number[];
  readonly names: readonly string[];
  readonly nameOf: readonly number[];
  /**
   * Siblings with the same signature are equal: service, kind, name, and the normalised query or URL, in one string.
   * Used for folding and for finding N+1.
   */
  readonly signatures: readonly string[];
  readonly signatureOf: readonly number[];
  /** The purpose of the calls of each signature; an entry for each of `signatures`. */
  readonly purposes: readonly CallPurpose[];
  /**
   * Calls with equal numbers make the same request, apart from the page of a list. 0: not a call, or the request is not
   * known, as with a query's placeholders.
   */
  readonly askedOf: readonly number[];
  /** Calls with equal numbers go to the same server and database. 0: not a call, or the span names neither. */
  readonly targetOf: readonly number[];
  /** The page of a list that a call requests. Sparse, by index. */
  readonly pages: Readonly<Record<number, string>>;
  /** Milliseconds after `startUnixMs`. */
  readonly startMs: readonly number[];
  /** Milliseconds; negative if the span claims to have ended before it started; 0 if it is unfinished. */
  readonly durationMs: readonly number[];
  /** Spans without an end, by index, ascending. */
  readonly unfinished: readonly number[];
  /**
   * For each span, the number of the clock that timed it: the clock of a process or a machine. Absent: one clock for
   * each service.
   */
  readonly clockOf?: readonly number[];
  /** Index in `spanKinds`. */
  readonly kindOf: readonly number[];
  /** Index in `statusCodes`. */
  readonly statusOf: readonly number[];
  /** The errors of failed spans: type, message, and whether the span has an exception event. By index. */
  readonly errors: Readonly<Record<number, SpanError>>;
  /** A short description next to the name: `200 user.id=7`, `SELECT …`. Sparse, by index. */
  readonly notes: Readonly<Record<number, string>>;
  /** The number of events and links of a span, if it has any. Sparse, by index. */
  readonly eventCounts: Readonly<Record<number, number>>;
  readonly linkCounts: Readonly<Record<number, number>>;
}

export interface SpanError {
  readonly type?: string;
  readonly message?: string;
}

export const spanKinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
export const statusCodes = ['unset', 'ok', 'error'] as const;

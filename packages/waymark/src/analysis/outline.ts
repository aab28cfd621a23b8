import type { CallPurpose } from './call-purpose.ts';

/**
 * A trace in columns: all that a waterfall and the analysis need, without attributes. Entry `i` of each column is about
 * span `i`, in order of start. It is plain JSON, 50,000 spans in a few megabytes; details are asked for span by span.
 */
export interface TraceOutline {
  readonly traceId: string;
  /** Unix milliseconds of the earliest start. */
  readonly startUnixMs: number;
  readonly spanIds: readonly string[];
  /** Empty for a root. The parent need not be in the trace. */
  readonly parentSpanIds: readonly string[];
  /** The distinct services, and for each span the index in that list. */
  readonly services: readonly string[];
  readonly serviceOf: readonly number[];
  readonly names: readonly string[];
  readonly nameOf: readonly number[];
  /**
   * What makes siblings equal: service, kind, name, and the normalised query or URL, as one text; for folding and for
   * finding N+1.
   */
  readonly signatures: readonly string[];
  readonly signatureOf: readonly number[];
  /** What the calls of a signature are for; an entry for each of `signatures`. */
  readonly purposes: readonly CallPurpose[];
  /**
   * Equal numbers: calls that ask for exactly the same, but for the page of a list. 0: not a call, or it is not known what
   * it asks for, as with a query's placeholders.
   */
  readonly askedOf: readonly number[];
  /** Equal numbers: calls to the same server and database. 0: not a call, or the span does not say. */
  readonly targetOf: readonly number[];
  /** Which page of a list a call asks for. Sparse, by index. */
  readonly pages: Readonly<Record<number, string>>;
  /** Milliseconds after `startUnixMs`. */
  readonly startMs: readonly number[];
  /** Milliseconds; negative if the span claims to have ended before it started; 0 if it is unfinished. */
  readonly durationMs: readonly number[];
  /** Spans without an end, by index, ascending. */
  readonly unfinished: readonly number[];
  /** For each span the number of the clock that it was timed by: of a process or a machine. Absent: one for each service. */
  readonly clockOf?: readonly number[];
  /** Index in `spanKinds`. */
  readonly kindOf: readonly number[];
  /** Index in `statusCodes`. */
  readonly statusOf: readonly number[];
  /** What is told of the spans that failed: error type, message, and whether an exception event is there. By index. */
  readonly errors: Readonly<Record<number, SpanError>>;
  /** A short text beside the name: `200 user.id=7`, `SELECT …`. Sparse, by index. */
  readonly notes: Readonly<Record<number, string>>;
  /** How many events and links a span has, where it has some. Sparse, by index. */
  readonly eventCounts: Readonly<Record<number, number>>;
  readonly linkCounts: Readonly<Record<number, number>>;
}

export interface SpanError {
  readonly type?: string;
  readonly message?: string;
}

export const spanKinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
export const statusCodes = ['unset', 'ok', 'error'] as const;

import type { CallPurpose } from './call-purpose.ts';

/**
 * A trace in columns: everything that a waterfall and the analysis need, without attributes. Entry `i` of each column
 * is about span `i`, in order of start. It is plain JSON, and 50,000 spans take a few megabytes. Details are read span
 * by span.
 */
export interface TraceOutline {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** Unix milliseconds of the earliest start. */
  readonly startUnixMs: number;
  /** 16 lower-case hex digits each. A span's place in this list is its index everywhere. */
  readonly spanIds: readonly string[];
  /** Empty for a root. The parent may be missing from the trace. */
  readonly parentSpanIds: readonly string[];
  /** The distinct services, and the index in that list for each span. */
  readonly services: readonly string[];
  /** For each span its index in `services`. */
  readonly serviceOf: readonly number[];
  /** The distinct names. */
  readonly names: readonly string[];
  /** For each span its index in `names`. */
  readonly nameOf: readonly number[];
  /**
   * Siblings with the same signature are equal: service, kind, name, and the normalised query or URL, in one string.
   * Used for folding and for finding N+1.
   */
  readonly signatures: readonly string[];
  /** For each span its index in `signatures`. */
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
  /** For each span: how many links it has. */
  readonly linkCounts: Readonly<Record<number, number>>;
}

/** What a failed span says of its failure. */
export interface SpanError {
  /** The class of the exception, or `error.type`; absent if unknown. */
  readonly type?: string;
  /** Of the exception or the status; absent if there is none. */
  readonly message?: string;
}

/** Kinds by the index that `TraceOutline.kindOf` has. */
export const spanKinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
/** Status codes by the index that `TraceOutline.statusOf` has. */
export const statusCodes = ['unset', 'ok', 'error'] as const;

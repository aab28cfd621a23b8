/**
 * A store of spans. There are two implementations: in memory, and in a SQLite file. Both are synchronous, and run in
 * the collector's worker thread. A read gives way to more urgent work between two of its steps, and sees what is stored
 * in the meantime.
 */
import type {
  Completions,
  ErrorGroups,
  Facets,
  MedianTrace,
  Operations,
  Scatter,
  ServiceMap,
  SpanDetails,
  TraceList,
  TraceSummary,
} from '../api/types.ts';
import type { Span } from '../model/span.ts';
import type { Query } from '../query/query.ts';

export interface TimeRange {
  /** Unix milliseconds, both inclusive. */
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
}

export interface TraceQuery extends TimeRange {
  /** Default: all traces. */
  readonly query?: Query | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface TraceStore extends TraceReads {
  /**
   * Keeps spans. Once it returns, they survive the end of the process, if the store is a file. Spans that are already
   * there (same ids, same content) change nothing.
   */
  add(spans: readonly Span[]): readonly TraceSummary[];
  counts(): StoreCounts;
  clear(): void;
  /**
   * Does the work that is due between batches, for a few milliseconds: traces that are too old or too many go, and
   * their space is returned. @returns Whether there is more to do.
   */
  upkeep(): boolean;
  close(): void;
}

/** The reads of a store. If the file allows it, other threads can run them, too. */
export interface TraceReads {
  list(query: TraceQuery): TraceList;
  scatter(query: TraceQuery): Scatter;
  facets(query: TraceQuery): Facets;
  complete(request: { key?: string | undefined; prefix?: string | undefined }): Completions;
  /** In order of start; empty if there is no such trace. */
  spans(traceId: string): readonly Span[];
  /** Reads a trace in parts, since a trace may be larger than memory; `undefined` if there is no such trace. */
  reader(traceId: string): TraceReader | undefined;
  history(span: Span): SpanDetails['history'];
  operations(range: TimeRange & { service?: string | undefined }): Operations;
  /** The span nearest to the median of its operation, from a trace other than the given one. */
  median(operation: OperationOfSpans): MedianTrace | undefined;
  map(range: TimeRange): ServiceMap;
  errors(range: TimeRange): ErrorGroups;
  services(): readonly string[];
}

export interface TraceReader {
  readonly spanCount: number;
  /** The spans in order of arrival, some at a time. `from`: the end of an earlier part. Default: the first part. */
  parts(from?: number): Iterable<TracePart>;
  /** The part that arrived last. A root usually ends last, so it is there. */
  lastPart(): TracePart;
}

export interface TracePart {
  readonly spans: readonly Span[];
  /** The start of the next part. */
  readonly next: number;
}

export interface OperationOfSpans {
  readonly service: string;
  readonly name: string;
  readonly kind?: string | undefined;
  /** A trace to exclude. */
  readonly traceId?: string | undefined;
}

export interface StoreCounts {
  readonly kind: 'memory' | 'sqlite';
  readonly path?: string;
  readonly driver?: string;
  readonly spanCount: number;
  readonly traceCount: number;
  readonly byteCount: number;
  readonly oldestMs?: number;
  readonly limits: StoreLimits;
  /** Spans that have made room since the start, by service, for at most 200 services. */
  readonly evicted: Readonly<Record<string, number>>;
  /** Spans that have made room since the start, of all services. */
  readonly evictedCount: number;
}

/** What a store keeps at most. The oldest traces make room. */
export interface StoreLimits {
  /** Bytes on the disk, including the write-ahead log, or an estimate of the bytes in memory. Default 512 MiB. */
  readonly maxBytes: number;
  /** Default 1,000,000. */
  readonly maxSpans: number;
  /** Default 7 days. */
  readonly maxAgeMs: number;
}

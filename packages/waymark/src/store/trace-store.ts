/**
 * Where spans are kept. Two implementations: in memory, and in a SQLite file. Both are synchronous, and live in the
 * collector's worker thread. A read gives way to what is more urgent between two of its steps, and sees what was stored meanwhile.
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
  /** Keeps spans; on return they survive the process. Spans that are there already (same ids, same content) change nothing. */
  add(spans: readonly Span[]): readonly TraceSummary[];
  counts(): StoreCounts;
  clear(): void;
  /**
   * What is due when nothing comes: traces that are too old or too many go, and their room is given back, as much as takes some
   * milliseconds. @returns whether there is more to do.
   */
  upkeep(): boolean;
  close(): void;
}

/** What changes nothing: where the file allows it, other threads can be asked, too. */
export interface TraceReads {
  list(query: TraceQuery): TraceList;
  scatter(query: TraceQuery): Scatter;
  facets(query: TraceQuery): Facets;
  complete(request: { key?: string | undefined; prefix?: string | undefined }): Completions;
  /** In order of start; empty if there is no such trace. */
  spans(traceId: string): readonly Span[];
  /** Reads a trace in parts, as it may be larger than what fits into memory; `undefined` if there is no such trace. */
  reader(traceId: string): TraceReader | undefined;
  history(span: Span): SpanDetails['history'];
  operations(range: TimeRange & { service?: string | undefined }): Operations;
  /** The span nearest to the median of its operation, of another trace than that one. */
  median(operation: OperationOfSpans): MedianTrace | undefined;
  map(range: TimeRange): ServiceMap;
  errors(range: TimeRange): ErrorGroups;
  services(): readonly string[];
}

export interface TraceReader {
  readonly spanCount: number;
  /** The spans in the order in which they came, some at a time. `from`: where an earlier part ended. Default: the first. */
  parts(from?: number): Iterable<TracePart>;
  /** The part that came last. A root mostly ends last, and comes there. */
  lastPart(): TracePart;
}

export interface TracePart {
  readonly spans: readonly Span[];
  /** Where the part behind it begins. */
  readonly next: number;
}

export interface OperationOfSpans {
  readonly service: string;
  readonly name: string;
  readonly kind?: string | undefined;
  /** A trace to leave out. */
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
  /** Spans that have made room since the start, by service: of 200 services at most. */
  readonly evicted: Readonly<Record<string, number>>;
  /** Of all services. */
  readonly evictedCount: number;
}

export interface StoreLimits {
  /** On the disk, the write-ahead log included; or about that in memory. Default 512 MiB. */
  readonly maxBytes: number;
  /** Default 1,000,000. */
  readonly maxSpans: number;
  /** Default 7 days. */
  readonly maxAgeMs: number;
}

/**
 * The JSON answers of the query API, for the viewer, the command line and users' scripts. Its paths start with `/waymark/`,
 * since `/api/` belongs to Jaeger's and Zipkin's APIs.
 */
import type { Span } from '../model/span.ts';

/** One line of a trace list. */
export interface TraceSummary {
  readonly traceId: string;
  /** The root's, or the earliest span's while the root is missing. */
  readonly serviceName: string;
  readonly name: string;
  readonly hasRoot: boolean;
  /** Unix milliseconds. */
  readonly startMs: number;
  /** From the first start to the last known end. */
  readonly durationMs: number;
  readonly spanCount: number;
  /** Failures, each counted where it began. See docs/analysis.md, Errors. Of the services below, too. */
  readonly errorCount: number;
  /** Spans without an end: still running, or cut off. */
  readonly unfinishedCount: number;
  readonly services: readonly { readonly name: string; readonly spanCount: number; readonly errorCount: number }[];
}

/** `GET /waymark/traces?query=&startMs=&endMs=&limit=&cursor=`: newest first. */
export interface TraceList {
  readonly traces: readonly TraceSummary[];
  /** Pass it as `cursor` for the next page; absent on the last one. */
  readonly cursor?: string;
  /** A search has a time limit: all traces newer than this were searched. Unix milliseconds. */
  readonly searchedBackToMs: number;
  readonly isComplete: boolean;
}

/**
 * `GET /waymark/scatter?query=&startMs=&endMs=&limit=`: traces as points, in columns. Beyond the limit: failed traces, the
 * slowest of each period, some of each service and name, and a random sample of the rest.
 */
export interface Scatter {
  readonly traceIds: readonly string[];
  readonly startMs: readonly number[];
  readonly durationMs: readonly number[];
  readonly isError: readonly (0 | 1)[];
  readonly serviceOf: readonly number[];
  readonly services: readonly string[];
  /** All points, of which these may be a part. */
  readonly totalCount: number;
  /** A search has a time limit: all traces newer than this were searched. Unix milliseconds. */
  readonly searchedBackToMs: number;
  /** Whether the whole range was searched. If not, there may be more points, and `totalCount` counts those found so far. */
  readonly isComplete: boolean;
}

/** `GET /waymark/facets?query=&startMs=&endMs=`: keys and values to filter by, with the number of traces of each. */
export interface Facets {
  readonly facets: readonly {
    /** `service`, `name`, `status`, or an attribute's key. */
    readonly key: string;
    readonly values: readonly { readonly value: string; readonly count: number }[];
    /** How many more values there are. */
    readonly otherValueCount: number;
  }[];
  /** Counted over this many of the newest traces. */
  readonly traceCount: number;
}

/** `GET /waymark/complete?key=&prefix=`: keys, or one key's values, for the query line. */
export interface Completions {
  readonly completions: readonly string[];
  /** How many more there are. A longer `prefix` finds them. */
  readonly otherCount: number;
}

/** `GET /waymark/traces/:traceId`: all spans of a trace; 404 if the trace is unknown. */
export interface TraceDocument {
  readonly traceId: string;
  readonly spans: readonly Span[];
}

/** `GET /waymark/traces/:traceId/outline`: a `TraceOutline`, of analysis/outline.ts. */

/** `GET /waymark/traces/:traceId/spans/:spanId`: usually one span. A faulty sender may use an id twice. */
export interface SpanDetails {
  readonly spans: readonly Span[];
  /** How the duration compares to the newest spans of the same service, name and kind. */
  readonly history?: {
    readonly count: number;
    readonly percentile: number;
    readonly p50Ms: number;
    readonly p95Ms: number;
  };
}

/** `GET /waymark/traces/:traceId/search?query=`: the matching spans, by their index in the outline. */
export interface TraceMatches {
  readonly spans: readonly number[];
}

/** `GET /waymark/operations?startMs=&endMs=&service=` */
export interface Operations {
  readonly startMs: number;
  readonly endMs: number;
  /** By total time. */
  readonly operations: readonly Operation[];
  /** Spans that are not counted by name, because a service has too many names, or there are too many services. */
  readonly others: readonly OtherOperations[];
}

export interface OperationCounts {
  /** Spans. */
  readonly count: number;
  readonly errorCount: number;
  /** Spans without a plausible duration (unfinished, negative, too long): counted, but in no percentile and no total. */
  readonly unmeasuredCount: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly totalMs: number;
  /** Thirty equal parts of the time range: counts, errors and p95. */
  readonly spark: {
    readonly counts: readonly number[];
    readonly errors: readonly number[];
    readonly p95Ms: readonly number[];
  };
}

export interface Operation extends OperationCounts {
  readonly serviceName: string;
  readonly name: string;
  readonly kind: string;
}

export interface OtherOperations extends OperationCounts {
  /** Absent for the spans of services beyond the limit. */
  readonly serviceName?: string;
}

/** `GET /waymark/operations/median?service=&name=&kind=&traceId=`: the trace whose root of that operation is nearest to the median. */
export interface MedianTrace {
  readonly traceId: string;
  readonly spanId: string;
  readonly durationMs: number;
  readonly count: number;
}

/** `GET /waymark/map?startMs=&endMs=` */
export interface ServiceMap {
  readonly startMs: number;
  readonly endMs: number;
  readonly services: readonly {
    readonly name: string;
    readonly count: number;
    readonly errorCount: number;
    readonly p95Ms: number;
    readonly isExternal: boolean;
  }[];
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly count: number;
    readonly errorCount: number;
    readonly p95Ms: number;
  }[];
  /** Counted together beyond the limits: services, calls to untraced services, and edges, of one service or of all. */
  readonly others: readonly {
    readonly of: 'entry' | 'external' | 'edge';
    readonly from?: string;
    readonly count: number;
    readonly errorCount: number;
    readonly p95Ms: number;
  }[];
}

/** `GET /waymark/errors?startMs=&endMs=`: failures, each once, grouped by type and top application frame. */
export interface ErrorGroups {
  readonly groups: readonly ErrorGroup[];
  /** Groups beyond the limit, and the failures in them. */
  readonly others: { readonly groupCount: number; readonly count: number };
}

export interface ErrorGroup {
  readonly id: string;
  readonly type: string;
  readonly message: string;
  /** `loadUser (users.js:12)`, if a stack trace was recorded. */
  readonly frame?: string;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly services: readonly string[];
  readonly operations: readonly string[];
  /** The newest, with the failed span. */
  readonly samples: readonly { readonly traceId: string; readonly spanId: string; readonly timeMs: number }[];
}

/**
 * `GET /waymark/events?query=`: server-sent events. `trace` carries a `TraceEvent` each time a trace has grown. `status`
 * carries a `CollectorStatus`, at the start and when it has changed, at most once in a second. `missed`, an empty object,
 * reports to a slow reader that traces were left out: load the list again.
 */
export interface TraceEvent {
  readonly trace: TraceSummary;
}

/** The state of the threads behind the API. */
export interface EngineStatus {
  /**
   * The thread that stores spans. `restarting`: it has failed, and starts again after a delay that grows with each failure.
   * `failed`: its store cannot be opened any more, and all requests are answered with 503.
   */
  readonly state: 'running' | 'restarting' | 'failed';
  /** How often it has failed since the collector was started. */
  readonly failures: number;
  readonly lastFailure?: { readonly timeMs: number; readonly message: string };
  /** Reader threads. 0: the thread that stores spans also reads, between two batches. */
  readonly readers: number;
  /** Reads that wait for a thread. */
  readonly waitingReads: number;
  /** Reads refused since the collector was started, because too many waited. */
  readonly refusedReads: number;
}

/** `GET /waymark/status` */
export interface CollectorStatus {
  readonly version: string;
  readonly urls: { readonly viewer: string; readonly otlp: string; readonly zipkin?: string };
  readonly store: {
    readonly kind: 'memory' | 'sqlite';
    readonly path?: string;
    readonly driver?: string;
    readonly spanCount: number;
    readonly traceCount: number;
    readonly byteCount: number;
    readonly oldestMs?: number;
    readonly limits: { readonly maxBytes: number; readonly maxSpans: number; readonly maxAgeMs: number };
    /** Spans deleted since start to make room for newer ones, by service; at most 200 services. */
    readonly evicted: Readonly<Record<string, number>>;
    /** Of all services. */
    readonly evictedCount: number;
  };
  readonly engine: EngineStatus;
  readonly received: {
    readonly spans: number;
    readonly requests: number;
    readonly rejectedSpans: number;
    /** Spans that exceeded the size limit of a span, and were stored in part. */
    readonly cutSpans: number;
    readonly refusedRequests: number;
    readonly lastMs?: number;
  };
  /** The newest refusals, for `waymark doctor` and the empty page. Status 200: some spans were rejected or cut. */
  readonly refusals: readonly {
    readonly timeMs: number;
    readonly path: string;
    readonly status: number;
    readonly message: string;
  }[];
}

/** `POST /waymark/import`, with OTLP, Tempo's, Jaeger's or Zipkin's JSON, or a trace of this API: recognised by shape. */
export interface ImportAnswer {
  readonly format: 'otlp' | 'jaeger' | 'zipkin' | 'waymark';
  readonly spanCount: number;
  readonly traceIds: readonly string[];
  readonly rejectedSpans: number;
  /** Spans that exceeded the size limit of a span, and were stored in part; absent if 0. */
  readonly cutSpans?: number;
  /** Why spans were rejected or cut. */
  readonly message?: string;
}

/** The body of every answer of 400 and above. `start` and `end` are the invalid part of a query. */
export interface ApiProblem {
  readonly status: number;
  readonly message: string;
  readonly start?: number;
  readonly end?: number;
}

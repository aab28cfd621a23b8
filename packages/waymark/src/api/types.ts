/**
 * What the query API answers, as JSON. The viewer, the command line and users' scripts read these. It lives below
 * `/waymark/`, as `/api/` belongs to Jaeger's and Zipkin's APIs.
 */
import type { Span } from '../model/span.ts';

/** One line of a trace list. */
export interface TraceSummary {
  readonly traceId: string;
  /** Of the root; of the earliest span while the root is missing. */
  readonly serviceName: string;
  readonly name: string;
  readonly hasRoot: boolean;
  /** Unix milliseconds. */
  readonly startMs: number;
  /** From the first start to the last end that is known. */
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
  /** Pass as `cursor` for what comes after; absent at the end. */
  readonly cursor?: string;
  /** Text search has a time limit: all newer than this has been searched. Unix milliseconds. */
  readonly searchedBackToMs: number;
  readonly isComplete: boolean;
}

/**
 * `GET /waymark/scatter?query=&startMs=&endMs=&limit=`: traces as points, in columns. If there are more than the limit: those that
 * failed, the slowest of each stretch of time, some of each service and name, and a fair sample of the rest.
 */
export interface Scatter {
  readonly traceIds: readonly string[];
  readonly startMs: readonly number[];
  readonly durationMs: readonly number[];
  readonly isError: readonly (0 | 1)[];
  readonly serviceOf: readonly number[];
  readonly services: readonly string[];
  /** How many there are, of which these are a part. */
  readonly totalCount: number;
  /** A search has a time limit: all newer than this has been searched. Unix milliseconds. */
  readonly searchedBackToMs: number;
  /** Whether all was searched. If not, there may be more points, and with a query `totalCount` counts what was found so far. */
  readonly isComplete: boolean;
}

/** `GET /waymark/facets?query=&startMs=&endMs=`: what to filter by, with the number of traces of each value. */
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
  /** How many more there are: a longer `prefix` finds them. */
  readonly otherCount: number;
}

/** `GET /waymark/traces/:traceId`: all of a trace. 404 if there is none. */
export interface TraceDocument {
  readonly traceId: string;
  readonly spans: readonly Span[];
}

/** `GET /waymark/traces/:traceId/outline`: a `TraceOutline`, of analysis/outline.ts. */

/** `GET /waymark/traces/:traceId/spans/:spanId`: mostly one; ids may be shared. */
export interface SpanDetails {
  readonly spans: readonly Span[];
  /** Where the duration stands among the newest spans of the same service, name and kind. */
  readonly history?: {
    readonly count: number;
    readonly percentile: number;
    readonly p50Ms: number;
    readonly p95Ms: number;
  };
}

/** `GET /waymark/traces/:traceId/search?query=`: which spans match, by their index in the outline. */
export interface TraceMatches {
  readonly spans: readonly number[];
}

/** `GET /waymark/operations?startMs=&endMs=&service=` */
export interface Operations {
  readonly startMs: number;
  readonly endMs: number;
  /** By total time. */
  readonly operations: readonly Operation[];
  /** Spans whose operations are not counted by name, where names are too many: of one service, or of several. */
  readonly others: readonly OtherOperations[];
}

export interface OperationCounts {
  /** Spans. */
  readonly count: number;
  readonly errorCount: number;
  /** Spans that are unfinished, or whose end cannot be right: counted, and in no percentile and no total. */
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
  /** Absent if they are of services that are too many. */
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
  /** What is counted together, where names are too many: services, calls to what is not traced, and edges, of one service or of all. */
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
  /** What is in none of these: groups, and the failures in them. */
  readonly others: { readonly groupCount: number; readonly count: number };
}

export interface ErrorGroup {
  readonly id: string;
  readonly type: string;
  readonly message: string;
  /** `loadUser (users.js:12)`, if a stack trace told. */
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
 * tells a slow reader that traces have been left out: load the list again.
 */
export interface TraceEvent {
  readonly trace: TraceSummary;
}

/** How the threads behind the API are. */
export interface EngineStatus {
  /**
   * Of the thread that stores spans. `restarting`: it has failed, and is started again after a moment, a longer one each time.
   * `failed`: its store cannot be opened any more; what is sent and asked is answered with 503.
   */
  readonly state: 'running' | 'restarting' | 'failed';
  /** How often it has failed since the collector was started. */
  readonly failures: number;
  readonly lastFailure?: { readonly timeMs: number; readonly message: string };
  /** Threads that read beside it. 0: it reads itself, between two batches. */
  readonly readers: number;
  /** Reads that wait for a thread. */
  readonly waitingReads: number;
  /** Reads that were refused since the collector was started, since too many waited. */
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
    /** Spans that made room for newer ones since start, by service: of 200 services at most. */
    readonly evicted: Readonly<Record<string, number>>;
    /** Of all services. */
    readonly evictedCount: number;
  };
  readonly engine: EngineStatus;
  readonly received: {
    readonly spans: number;
    readonly requests: number;
    readonly rejectedSpans: number;
    /** Spans that were larger than is kept of one, and were kept in part. */
    readonly cutSpans: number;
    readonly refusedRequests: number;
    readonly lastMs?: number;
  };
  /** The newest refusals, for `waymark doctor` and the empty page; with status 200 for spans that were rejected or cut. */
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
  /** Spans that were larger than is kept of one, and were kept in part; absent if 0. */
  readonly cutSpans?: number;
  /** Why spans were rejected, and what was cut. */
  readonly message?: string;
}

/** The body of every answer of 400 and above. `start` and `end`: which part of a query cannot be read. */
export interface ApiProblem {
  readonly status: number;
  readonly message: string;
  readonly start?: number;
  readonly end?: number;
}

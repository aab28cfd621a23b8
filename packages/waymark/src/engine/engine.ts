/** The store, and what is put into it: all that happens in the collector's worker thread. */
import type { ImportAnswer, TraceSummary } from '../api/types.ts';
import { decodeFile } from '../ingest/decode-file.ts';
import { decodeSpans, type IngestFormat } from '../ingest/decode-spans.ts';
import type { BodyEncoding } from '../ingest/inflate-body.ts';
import { createMemoryStore } from '../store/memory-store.ts';
import type { DriverName } from '../store/sqlite/driver.ts';
import { createSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { StoreLimits, TraceStore } from '../store/trace-store.ts';
import { createTraceAnswers, type TraceAnswers } from './trace-answers.ts';

export interface EngineOptions {
  /** The file that traces are kept in. Default: none, they are kept in memory. */
  readonly path?: string | undefined;
  /** Default: Node's own SQLite where it is there. */
  readonly driver?: DriverName | undefined;
  readonly limits?: Partial<StoreLimits> | undefined;
  /** Decodes what comes and keeps nothing: for measuring what receiving costs by itself. Default false. */
  readonly discards?: boolean | undefined;
}

export interface IngestReport {
  readonly spanCount: number;
  readonly rejectedSpans: number;
  /** Spans that were larger than is kept of one; absent if 0. */
  readonly cutSpans?: number;
  /** Why some were rejected, and what was cut. */
  readonly message?: string;
}

/** What is called from the other thread. Everything that goes in and comes out can be cloned. */
export interface EngineCalls extends TraceStore, TraceAnswers {
  ingest(body: Uint8Array, format: IngestFormat, encoding?: BodyEncoding): IngestReport;
  /** The store's `operations()`, as JSON: thousands of numbers take longer to hand over than to add up. */
  operationsJson(request: Parameters<TraceStore['operations']>[0]): string;
  /** Of whatever format it is. */
  importFile(body: Uint8Array): ImportAnswer;
}

/** @param onTraces Told of each trace that has grown. */
export function createEngine(
  { path, driver, limits, discards = false }: EngineOptions,
  onTraces: (traces: readonly TraceSummary[]) => void,
): EngineCalls {
  const store = path === undefined ? createMemoryStore(limits) : createSqliteStore({ path, driver, limits });

  function add(spans: Parameters<TraceStore['add']>[0]): readonly TraceSummary[] {
    const traces = store.add(spans);
    if (traces.length > 0) onTraces(traces);
    return traces;
  }

  return {
    ...store,
    ...createTraceAnswers(store),
    add,
    operationsJson: (request) => JSON.stringify(store.operations(request)),
    ingest(body, format, encoding) {
      const { spans, ...report } = decodeSpans(format, body, encoding);
      if (!discards) add(spans);
      return { spanCount: spans.length, ...report };
    },
    importFile(body) {
      const { format, spans, ...report } = decodeFile(body);
      add(spans);
      const traceIds = [...new Set(spans.map(({ traceId }) => traceId))];
      return { format, spanCount: spans.length, traceIds, ...report };
    },
  };
}

/** The store with its writes and reads: everything that runs in the collector's worker threads. */
import { createHash } from 'node:crypto';
import type { ImportAnswer, TraceSummary } from '../api/types.ts';
import { decodeFile } from '../ingest/decode-file.ts';
import { decodeSpans, type IngestFormat } from '../ingest/decode-spans.ts';
import type { BodyEncoding } from '../ingest/inflate-body.ts';
import { defaultLimits } from '../store/default-limits.ts';
import { createMemoryStore } from '../store/memory/memory-store.ts';
import type { DriverName } from '../store/sqlite/driver.ts';
import { createSqliteReader } from '../store/sqlite/sqlite-reader.ts';
import { createSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { StoreLimits, TraceReads, TraceStore } from '../store/trace-store.ts';
import { BatchRefused } from './engine-errors.ts';
import { createTraceAnswers, type TraceAnswers } from './trace-answers.ts';
import { createTraceJsonCalls, type TraceJsonCalls } from './trace-json.ts';
import { startUpkeep } from './upkeep.ts';

/** Where a collector keeps traces, and how many. */
export interface EngineOptions {
  /** The file for traces. Default: none, traces are kept in memory. */
  readonly path?: string | undefined;
  /** Default: Node's own SQLite, if this Node has it. */
  readonly driver?: DriverName | undefined;
  /** Each limit that is left out has its default. */
  readonly limits?: Partial<StoreLimits> | undefined;
  /** Decodes batches and stores nothing, to measure the cost of receiving alone. Default false. */
  readonly discards?: boolean | undefined;
}

export interface IngestReport {
  readonly spanCount: number;
  readonly rejectedSpans: number;
  /** Spans that exceeded the size limit of a span, and were stored in part; absent if 0. */
  readonly cutSpans?: number;
  /** Why spans were rejected or cut. */
  readonly message?: string;
}

/** Calls that change nothing, so that any thread with the store's file can answer them. */
export interface EngineReads extends Omit<TraceReads, 'reader'>, TraceAnswers, TraceJsonCalls {
  /** The store's `operations()` as JSON: cloning thousands of numbers takes longer than adding them up. */
  operationsJson(request: Parameters<TraceStore['operations']>[0]): string;
}

/** The calls from the main thread. All arguments and results can be cloned. */
export interface EngineCalls extends Omit<TraceStore, 'upkeep' | 'reader'>, EngineReads {
  ingest(body: Uint8Array, format: IngestFormat, encoding?: BodyEncoding): IngestReport;
  /** Detects the format of the file. */
  importFile(body: Uint8Array): ImportAnswer;
}

/** What the engine needs from its thread. */
export interface EngineHooks {
  /** Called between two steps of a read, to run urgent calls. */
  giveWay(): void;
  /** Runs the work while no other thread reads the file. */
  withoutReaders<Result>(work: () => Result): Result;
  /** Called with the traces that have grown. */
  onTraces(traces: readonly TraceSummary[]): void;
  /** Called before a batch is stored, with the batch's SHA-256. */
  onBatch(digest: string): void;
  /** SHA-256 digests of batches that must not be stored. */
  readonly refusedBatches: ReadonlySet<string>;
}

export function createEngine(
  { path, driver, limits, discards = false }: EngineOptions,
  { giveWay, withoutReaders, onTraces, onBatch, refusedBatches }: EngineHooks,
): EngineCalls {
  const store =
    path === undefined
      ? createMemoryStore(limits, Date.now, undefined, giveWay)
      : createSqliteStore({ path, driver, limits, giveWay, withoutReaders });
  const stopUpkeep = startUpkeep(store, { ...defaultLimits, ...limits });

  function add(spans: Parameters<TraceStore['add']>[0]): readonly TraceSummary[] {
    const traces = store.add(spans);
    if (traces.length > 0) onTraces(traces);
    return traces;
  }

  /** @throws {BatchRefused} */
  function noteBatch(body: Uint8Array): void {
    const digest = createHash('sha256').update(body).digest('hex');
    if (refusedBatches.has(digest)) throw new BatchRefused('it was sent again.');
    onBatch(digest);
  }

  return {
    ...store,
    ...createReads(store, giveWay),
    close() {
      stopUpkeep();
      store.close();
    },
    add,
    ingest(body, format, encoding) {
      noteBatch(body);
      const { spans, ...report } = decodeSpans(format, body, encoding);
      if (!discards) add(spans);
      return { spanCount: spans.length, ...report };
    },
    importFile(body) {
      noteBatch(body);
      const { format, spans, ...report } = decodeFile(body);
      add(spans);
      const traceIds = [...new Set(spans.map(({ traceId }) => traceId))];
      return { format, spanCount: spans.length, traceIds, ...report };
    },
  };
}

/** Reads the file of a store that another thread of this process owns. */
export function createReader(
  { path = '' }: EngineOptions,
  { giveWay }: Pick<EngineHooks, 'giveWay'>,
): EngineReads & Pick<EngineCalls, 'close'> {
  const { close, ...reads } = createSqliteReader({ path, giveWay });
  return { ...createReads(reads, giveWay), close };
}

function createReads(store: TraceReads, giveWay: () => void): EngineReads {
  return {
    ...store,
    ...createTraceAnswers(store),
    ...createTraceJsonCalls(store, giveWay),
    operationsJson: (request) => JSON.stringify(store.operations(request)),
  };
}

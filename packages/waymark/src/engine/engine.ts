/** The store, what is put into it, and what is asked of it: all that happens in the collector's worker threads. */
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
import { createTraceTexts, type TraceTexts } from './trace-texts.ts';
import { startUpkeep } from './upkeep.ts';

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

/** What changes nothing, and can be asked of any thread that sees the store. */
export interface EngineReads extends Omit<TraceReads, 'reader'>, TraceAnswers, TraceTexts {
  /** The store's `operations()`, as JSON: thousands of numbers take longer to hand over than to add up. */
  operationsJson(request: Parameters<TraceStore['operations']>[0]): string;
}

/** What is called from the other thread. Everything that goes in and comes out can be cloned. */
export interface EngineCalls extends Omit<TraceStore, 'upkeep' | 'reader'>, EngineReads {
  ingest(body: Uint8Array, format: IngestFormat, encoding?: BodyEncoding): IngestReport;
  /** Of whatever format it is. */
  importFile(body: Uint8Array): ImportAnswer;
}

/** What the thread does besides. */
export interface EngineHooks {
  /** Called between two steps of a read: lets in what is more urgent. */
  giveWay(): void;
  /** Runs the work while no other thread reads the file. */
  withoutReaders<Result>(work: () => Result): Result;
  /** Told of each trace that has grown. */
  onTraces(traces: readonly TraceSummary[]): void;
  /** Told before a batch is stored what sets it apart. */
  onBatch(digest: string): void;
  /** Digests of batches that must not be stored. */
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

/** Reads the file of a store that another thread of this process has opened. */
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
    ...createTraceTexts(store, giveWay),
    operationsJson: (request) => JSON.stringify(store.operations(request)),
  };
}

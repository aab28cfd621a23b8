/**
 * Keeps traces in a SQLite file. The spans of a trace are in chunks, one for each batch with spans of it
 * (trace-chunks.ts). Each trace has a row with what lists show. Indexes and counts answer other questions
 * (index-rows.ts). Each batch is one transaction of all of these, so the file is consistent at any moment at which the
 * process may be killed.
 */
import type { TraceSummary } from '../../api/types.ts';
import type { Span } from '../../model/span.ts';
import { defaultLimits } from '../default-limits.ts';
import { createGrowingTrace } from '../growing-trace.ts';
import { factsOf, type SpanFacts } from '../span-facts.ts';
import type { StoreLimits, TraceStore } from '../trace-store.ts';
import { createDiskUse } from './disk-use.ts';
import type { DriverName } from './driver.ts';
import { createIndexRows } from './index-rows.ts';
import { tableNames } from './layout.ts';
import { type OpenDatabase, openDatabase } from './open-database.ts';
import { createOpenTraces, type OpenTrace } from './open-traces.ts';
import { createReads } from './reads.ts';
import { restoreSpans } from './restore-spans.ts';
import { createRetention } from './retention.ts';
import { createSeriesNames } from './series-names.ts';
import { countedTraceOf } from './service-counts.ts';
import { StoreNotClosed } from './store-not-closed.ts';
import { storeGone, storeProblem } from './store-problem.ts';
import { storedString } from './stored-string.ts';
import { createChunkWrites } from './trace-chunks.ts';
import { servicesColumn } from './trace-row.ts';

export interface SqliteStoreOptions {
  readonly path: string;
  /** Default: Node's own SQLite, if there is one. */
  readonly driver?: DriverName | undefined;
  readonly limits?: Partial<StoreLimits> | undefined;
  /** How long one call searches spans, in milliseconds; batches wait for it. Suggestions have half of that. Default 200. */
  readonly maxSearchMs?: number;
  readonly now?: () => number;
  /** Called between two steps of a read: batches may be added there. */
  readonly giveWay?: () => void;
  /** Runs the work while no other connection reads the file. */
  readonly withoutReaders?: <Result>(work: () => Result) => Result;
}

/** @throws {StoreInUse | StoreUnreadable} */
export function createSqliteStore(options: SqliteStoreOptions): TraceStore {
  const database = openDatabase(options.path, options.driver);
  try {
    return createStoreIn(database, options);
  } catch (error) {
    throw database.abandon(error);
  }
}

function createStoreIn(
  database: OpenDatabase,
  {
    path,
    limits: given,
    maxSearchMs = 200,
    now = Date.now,
    giveWay = () => {},
    withoutReaders = (work) => work(),
  }: SqliteStoreOptions,
): TraceStore {
  const limits = { ...defaultLimits, ...given };
  const { driver } = database;
  const names = createSeriesNames(driver);
  /** Whether a transaction is open. A read in it must not let another batch in. */
  let isWriting = false;
  const { reads, timelines, chunks, firstStart } = createReads({
    driver,
    names,
    maxSearchMs,
    now,
    giveWay() {
      if (!isWriting) giveWay();
    },
  });
  const disk = createDiskUse({ driver, path, maxBytes: limits.maxBytes, withoutReaders });
  const openTraces = createOpenTraces({ now });
  const chunkWrites = createChunkWrites(driver);
  const indexRows = createIndexRows(driver, timelines);

  const sql = {
    begin: driver.prepare('BEGIN IMMEDIATE'),
    commit: driver.prepare('COMMIT'),
    rollback: driver.prepare('ROLLBACK'),
    findTrace: driver.prepare('SELECT tid, owner, failed, spans, services FROM traces WHERE trace_id = ?'),
    writeTrace: driver.prepare(
      `INSERT INTO traces (tid, trace_id, owner, service, name, has_root, start, duration, longest_span, spans, failed, errors, services, added)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (tid) DO UPDATE SET owner = excluded.owner, service = excluded.service, name = excluded.name, has_root = excluded.has_root,
          start = excluded.start, duration = excluded.duration, longest_span = excluded.longest_span, spans = excluded.spans,
          failed = excluded.failed, errors = excluded.errors, services = excluded.services, added = excluded.added`,
    ),
    deleteTrace: driver.prepare('DELETE FROM traces WHERE tid = ?'),
    lastTid: driver.prepare('SELECT max(tid) AS tid FROM traces'),
  };
  const retention = createRetention({ driver, disk, limits, now, removeTrace });
  let nextTid = Number(sql.lastTid.get()?.tid ?? 0) + 1;
  let isForgetDue = false;
  /** Traces that the current batch has removed. */
  const removed = new Set<number>();

  function add(spans: readonly Span[]): readonly TraceSummary[] {
    if (!database.isInPlace()) throw storeGone(path);
    const written = inTransaction(() => write(spans));
    try {
      disk.giveBack();
    } catch {
      // The spans are stored. A later batch makes the file smaller.
    }
    // Leaves out traces that have made room for others in the same batch.
    const kept = written.filter(({ tid }) => !removed.has(tid));
    removed.clear();
    return kept.flatMap(({ summary }) => summary ?? []);
  }

  /** Called in a transaction. */
  function write(spans: readonly Span[]): readonly OpenTrace[] {
    const traces: OpenTrace[] = [];
    for (const [traceId, ofTrace] of groupByTrace(spans)) {
      const trace = openTrace(traceId);
      if (addTo(trace, ofTrace)) traces.push(trace);
    }
    if (traces.length > 0) {
      retention.makeRoom(spans.length);
      for (const timeline of Object.values(timelines)) timeline.flush();
    }
    return traces;
  }

  function openTrace(traceId: string): OpenTrace {
    const known = openTraces.get(traceId);
    if (known !== undefined) return known;
    const growing = createGrowingTrace(traceId);
    const row = sql.findTrace.get(Buffer.from(traceId, 'hex'));
    if (row === undefined) {
      return {
        traceId,
        tid: nextTid++,
        growing,
        terms: new Set(),
        chunkCount: 0,
        summary: undefined,
        counted: undefined,
      };
    }
    const tid = Number(row.tid);
    // The spans are added again in order of arrival. Their index entries are in the file already.
    for (const spans of chunks.spans(tid, traceId)) for (const span of spans) growing.add(factsOf(span), () => {});
    indexRows.findFailures({ tid, growing });
    const chunkCount = (chunks.lastNumber(tid) ?? -1) + 1;
    const counted = countedTraceOf(row);
    return { traceId, tid, growing, terms: new Set(), chunkCount, summary: growing.summary(), counted };
  }

  /** @returns Whether any span is new. */
  function addTo(trace: OpenTrace, given: readonly Span[]): boolean {
    const { tid, growing } = trace;
    const spans: Span[] = [];
    const facts: SpanFacts[] = [];
    for (const span of given) {
      const fact = factsOf(span);
      if (!growing.add(fact, indexRows.noteMap)) continue;
      spans.push(span);
      facts.push(fact);
    }
    if (spans.length === 0) return false;
    const summary = growing.summary();
    const counted = retention.note(trace.counted, summary);
    sql.writeTrace.run(
      tid,
      Buffer.from(trace.traceId, 'hex'),
      counted.owner,
      storedString(summary.serviceName),
      storedString(summary.name),
      summary.hasRoot ? 1 : 0,
      summary.startMs,
      summary.durationMs,
      growing.longestSpanMs(),
      summary.spanCount,
      summary.errorCount > 0 ? 1 : 0,
      summary.errorCount,
      servicesColumn(
        summary,
        counted.services.map(({ id }) => id),
      ),
      now(),
    );
    chunkWrites.write(trace, trace.chunkCount++, spans);
    indexRows.add(trace, spans, facts);
    trace.summary = summary;
    trace.counted = counted;
    openTraces.keep(trace);
    return true;
  }

  function removeTrace(tid: number, traceId: string): void {
    indexRows.remove(tid, traceId, chunks.spans(tid, traceId));
    chunkWrites.remove(tid);
    sql.deleteTrace.run(tid);
    openTraces.remove(traceId);
    removed.add(tid);
  }

  function inTransaction<Result>(work: () => Result): Result {
    isWriting = true;
    try {
      if (isForgetDue) forget();
      sql.begin.run();
      const result = work();
      sql.commit.run();
      retention.commit();
      return result;
    } catch (error) {
      try {
        sql.rollback.run();
      } catch {
        // SQLite rolls back itself if the disk is full
      }
      isForgetDue = true;
      try {
        forget();
      } catch {
        // the file is damaged: the next batch tries again
      }
      throw storeProblem(error, path);
    } finally {
      isWriting = false;
    }
  }

  /** Discards what is in memory, which the file may lack. */
  function forget(): void {
    names.forget();
    openTraces.clear();
    for (const timeline of Object.values(timelines)) timeline.discard();
    removed.clear();
    retention.load();
    nextTid = Number(sql.lastTid.get()?.tid ?? 0) + 1;
    isForgetDue = false;
  }

  if (database.upgrade !== undefined) {
    isWriting = true;
    if (database.upgrade.spans !== undefined) restoreSpans(driver, database.upgrade.spans, write);
    database.upgrade.commit();
    retention.commit();
    isWriting = false;
    removed.clear();
  }

  return {
    ...reads,
    add,

    counts() {
      const oldestMs = firstStart(-Number.MAX_VALUE);
      return {
        kind: 'sqlite',
        path,
        driver: driver.name,
        ...retention.counts(),
        ...(oldestMs !== undefined && { oldestMs }),
        limits,
      };
    },

    clear() {
      inTransaction(() => {
        for (const table of tableNames) driver.exec(`DELETE FROM ${table}`);
      });
      forget();
      disk.giveBackAll();
    },

    upkeep() {
      if (retention.isDue()) {
        inTransaction(() => {
          retention.makeSomeRoom();
          for (const timeline of Object.values(timelines)) timeline.flush();
        });
        removed.clear();
      }
      const hasMore = disk.giveBack();
      return hasMore || retention.isDue();
    },

    close() {
      if (database.isInPlace()) {
        database.close();
        return;
      }
      const { spanCount } = retention.counts();
      let cause: unknown;
      try {
        database.close();
      } catch (error) {
        cause = error;
      }
      throw new StoreNotClosed(
        `${path} was deleted, or replaced by another file, while it was open: ${spanCount} spans that were stored in it are lost.`,
        { cause },
      );
    },
  };
}

function groupByTrace(spans: readonly Span[]): ReadonlyMap<string, readonly Span[]> {
  const traces = new Map<string, Span[]>();
  for (const span of spans) {
    const trace = traces.get(span.traceId);
    if (trace === undefined) traces.set(span.traceId, [span]);
    else trace.push(span);
  }
  return traces;
}

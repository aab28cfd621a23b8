/**
 * Makes room: by bytes, number and age. The oldest traces of whichever service has the most spans go first, so that a noisy one
 * does not push out the others; of these, those without errors. A little at a time, so that nobody waits long.
 */
import type { TraceSummary } from '../../api/types.ts';
import type { Span } from '../../model/span.ts';
import type { StoreCounts, StoreLimits } from '../trace-store.ts';
import type { Driver, Row } from './driver.ts';
import { termHashesOf } from './index-terms.ts';
import { traceIdOf } from './trace-row.ts';

export interface RetentionParts {
  readonly driver: Driver;
  readonly limits: StoreLimits;
  now(): number;
  spansOf(tid: number, traceId: string): readonly Span[];
  /** Lets go of what is in memory of a trace. */
  forget(tid: number, traceId: string): void;
}

export interface Retention {
  /** Counts what was written. */
  note(changes: readonly { readonly summary: TraceSummary; readonly before: number }[]): void;
  makeRoom(): void;
  counts(): Pick<StoreCounts, 'spanCount' | 'traceCount' | 'byteCount' | 'oldestMs' | 'evicted'>;
  reset(): void;
}

// In one step: some milliseconds.
const tracesPerStep = 64;

// More than a batch brings, so that a full store does not grow.
const stepsPerBatch = 4;

const pagesPerVacuum = 2000;
const ageCheckMs = 60_000;

export function createRetention({ driver, limits, now, spansOf, forget }: RetentionParts): Retention {
  /** Spans by the number of the service that their trace belongs to. */
  const spansByService = new Map<number, number>();
  const evicted: Record<string, number> = {};
  let spanCount = 0;
  let traceCount = 0;
  let ageCheckedMs = Number.NEGATIVE_INFINITY;
  let batches = 0;
  let byteCount = 0;

  const sql = {
    totals: driver.prepare('SELECT service, sum(spans) AS spans, count(*) AS traces FROM traces GROUP BY service'),
    oldestOf: driver.prepare(
      `SELECT tid, hex(trace_id) AS traceId, service, spans, services FROM traces
        WHERE service = ? AND failed = ? ORDER BY added LIMIT ${tracesPerStep}`,
    ),
    outdated: driver.prepare(
      `SELECT tid, hex(trace_id) AS traceId, service, spans, services FROM traces WHERE added < ? LIMIT ${tracesPerStep}`,
    ),
    oldest: driver.prepare('SELECT min(start) AS start FROM traces'),
    pages: driver.prepare('PRAGMA page_count'),
    pageSize: driver.prepare('PRAGMA page_size'),
    freePages: driver.prepare('PRAGMA freelist_count'),
    deleteTerm: driver.prepare('DELETE FROM terms WHERE hash = ? AND tid = ?'),
    deleteChunks: driver.prepare('DELETE FROM chunks WHERE tid = ?'),
    deleteFailures: driver.prepare('DELETE FROM failures WHERE tid = ?'),
    deleteTrace: driver.prepare('DELETE FROM traces WHERE tid = ?'),
  };
  countAll();

  function countAll(): void {
    spansByService.clear();
    spanCount = 0;
    traceCount = 0;
    for (const { service, spans, traces } of sql.totals.all()) {
      spansByService.set(Number(service), Number(spans));
      spanCount += Number(spans);
      traceCount += Number(traces);
    }
    byteCount = measureBytes();
  }

  function measureBytes(): number {
    const pages = Number(sql.pages.get()?.page_count) - Number(sql.freePages.get()?.freelist_count);
    return pages * Number(sql.pageSize.get()?.page_size);
  }

  function remove(rows: readonly Row[]): void {
    if (rows.length === 0) return;
    driver.exec('BEGIN IMMEDIATE');
    try {
      for (const row of rows) {
        const tid = Number(row.tid);
        for (const hash of termHashesOf(spansOf(tid, traceIdOf(row)))) sql.deleteTerm.run(hash, tid);
        for (const statement of [sql.deleteChunks, sql.deleteFailures, sql.deleteTrace]) statement.run(tid);
      }
      driver.exec('COMMIT');
    } catch (error) {
      driver.exec('ROLLBACK');
      throw error;
    }
    for (const row of rows) {
      forget(Number(row.tid), traceIdOf(row));
      spanCount -= Number(row.spans);
      traceCount--;
      const service = Number(row.service);
      spansByService.set(service, (spansByService.get(service) ?? 0) - Number(row.spans));
      for (const [name, count] of JSON.parse(String(row.services)) as [string, number, number][]) {
        evicted[name] = (evicted[name] ?? 0) + count;
      }
    }
  }

  function isFull(): boolean {
    return spanCount > limits.maxSpans || byteCount > limits.maxBytes;
  }

  /** The oldest of the largest service. */
  function removeSome(): boolean {
    let largest: number | undefined;
    for (const [service, spans] of spansByService) {
      if (largest === undefined || spans > (spansByService.get(largest) ?? 0)) largest = service;
    }
    if (largest === undefined) return false;
    const surplus = spanCount - limits.maxSpans;
    for (const failed of [0, 1]) {
      const rows = sql.oldestOf.all(largest, failed);
      if (rows.length === 0) continue;
      remove(byteCount > limits.maxBytes ? rows : firstOf(rows, surplus));
      return true;
    }
    return false;
  }

  return {
    note(changes) {
      for (const { summary, before } of changes) {
        spanCount += summary.spanCount - before;
        if (before === 0) traceCount++;
      }
      // Which service a trace belongs to may change as it grows, so these are counted now and then.
      if (++batches % 64 === 0 || batches === 1) countAll();
    },

    makeRoom() {
      if (now() - ageCheckedMs > ageCheckMs) {
        ageCheckedMs = now();
        for (let rows = outdated(); rows.length > 0; rows = outdated()) remove(rows);
      }
      if (!isFull()) return;
      countAll();
      for (let step = 0; step < stepsPerBatch && isFull(); step++) {
        if (!removeSome()) break;
        byteCount = measureBytes();
      }
      driver.exec(`PRAGMA incremental_vacuum(${pagesPerVacuum})`);
    },

    counts() {
      const oldest = sql.oldest.get()?.start;
      return {
        spanCount,
        traceCount,
        byteCount: measureBytes(),
        ...(oldest !== null && oldest !== undefined && { oldestMs: Number(oldest) }),
        evicted: { ...evicted },
      };
    },

    reset: countAll,
  };

  function outdated(): readonly Row[] {
    return sql.outdated.all(now() - limits.maxAgeMs);
  }
}

/** As many of the first as have so many spans. */
function firstOf(rows: readonly Row[], spanCount: number): readonly Row[] {
  let sum = 0;
  const enough = rows.findIndex(({ spans }) => {
    sum += Number(spans);
    return sum >= spanCount;
  });
  return enough === -1 ? rows : rows.slice(0, enough + 1);
}

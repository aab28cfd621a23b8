/**
 * Makes room by bytes, number and age: a little with each batch, and between batches. choose-evicted.ts decides which
 * traces go.
 */
import type { TraceSummary } from '../../api/types.ts';
import { createEvictedCounts } from '../evicted-counts.ts';
import type { StoreCounts, StoreLimits } from '../trace-store.ts';
import type { DiskUse } from './disk-use.ts';
import type { Driver, Row } from './driver.ts';
import { type CountedTrace, countedTraceOf, createServiceCounts } from './service-counts.ts';
import { traceIdOf } from './trace-row.ts';

export interface RetentionParts {
  readonly driver: Driver;
  readonly disk: DiskUse;
  readonly limits: StoreLimits;
  now(): number;
  /** Deletes a trace with all of its index entries. */
  removeTrace(tid: number, traceId: string): void;
}

export interface Retention {
  /** Counts a trace that is new or has grown. @returns How it is counted now. */
  note(before: CountedTrace | undefined, summary: TraceSummary): CountedTrace;
  /** Called in the transaction of a batch, after the batch was written. */
  makeRoom(batchSpans: number): void;
  /** Whether any trace must go. */
  isDue(): boolean;
  /** Called in a transaction. Removes the traces that must go, or some of them. */
  makeSomeRoom(): void;
  /** Called after the commit. */
  commit(): void;
  counts(): Pick<StoreCounts, 'spanCount' | 'traceCount' | 'byteCount' | 'evicted' | 'evictedCount'>;
  /** Reads the counts from the file: at the start, and after a rollback. */
  load(): void;
}

const tracesPerStep = 16;

// With a batch to a full store, twice as many spans may go, so that a lowered limit is reached in the end.
const leastSpansPerBatch = 2000;

// Between batches, the next request waits for this many.
const spansAtOnce = 1000;

const ageCheckMs = 60_000;

export function createRetention({ driver, disk, limits, now, removeTrace }: RetentionParts): Retention {
  const services = createServiceCounts(driver);
  const evicted = createEvictedCounts();
  let evictedNow: (readonly [string, number])[] = [];
  let ageCheckedMs = Number.NEGATIVE_INFINITY;

  const oldestOf = driver.prepare(
    `SELECT tid, hex(trace_id) AS traceId, owner, failed, spans, services, added FROM traces
      WHERE owner = ? AND failed = ? ORDER BY added, tid LIMIT ${tracesPerStep}`,
  );

  function remove(row: Row): void {
    const counted = countedTraceOf(row);
    removeTrace(Number(row.tid), traceIdOf(row));
    services.forget(counted);
    for (const { name, spanCount } of counted.services) evictedNow.push([name, spanCount]);
  }

  /** The traces of each service that are too old, the oldest first, some at a time. */
  function* outdated(): Iterable<Row> {
    const oldestMs = now() - limits.maxAgeMs;
    for (const owner of services.owners()) {
      for (const failed of [0, 1]) {
        for (;;) {
          const rows = oldestOf.all(owner, failed);
          const old = rows.filter(({ added }) => Number(added) < oldestMs);
          yield* old;
          if (old.length < tracesPerStep) break;
        }
      }
    }
  }

  function removeOutdated(most: number): void {
    let left = most;
    for (const row of outdated()) {
      if (left <= 0) return; // the next batch removes the rest
      remove(row);
      left -= Number(row.spans);
    }
    ageCheckedMs = now();
  }

  function isSurplus(): boolean {
    return services.spanCount > limits.maxSpans || disk.isOverLimit();
  }

  function removeSurplus(most: number): void {
    let left = most;
    while (left > 0 && isSurplus()) {
      const chosen = services.chooseEvicted();
      if (chosen === undefined) return;
      const rows = oldestOf.all(chosen.owner, chosen.hasFailed ? 1 : 0);
      if (rows.length === 0) return;
      for (const row of rows) {
        if (!isSurplus()) return;
        remove(row);
        left -= Number(row.spans);
      }
    }
  }

  return {
    note: services.note,

    makeRoom(batchSpans) {
      const most = Math.max(leastSpansPerBatch, 2 * batchSpans);
      if (now() - ageCheckedMs > ageCheckMs) removeOutdated(most);
      removeSurplus(most);
      services.save();
    },

    isDue() {
      if (services.traceCount === 0) return false;
      return isSurplus() || outdated()[Symbol.iterator]().next().done !== true;
    },

    makeSomeRoom() {
      removeOutdated(spansAtOnce);
      removeSurplus(spansAtOnce);
      services.save();
    },

    commit() {
      for (const [name, spanCount] of evictedNow) evicted.add(name, spanCount);
      evictedNow = [];
    },

    counts: () => ({
      spanCount: services.spanCount,
      traceCount: services.traceCount,
      byteCount: disk.byteCount(),
      ...evicted.counts(),
    }),

    load() {
      services.load();
      evictedNow = [];
    },
  };
}

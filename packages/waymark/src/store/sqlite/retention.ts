/** Makes room: by bytes, number and age, a little with each batch. Who gives way is decided in choose-evicted.ts. */
import type { TraceSummary } from '../../api/types.ts';
import { chooseEvicted } from '../choose-evicted.ts';
import type { StoreCounts, StoreLimits } from '../trace-store.ts';
import type { Driver, Row } from './driver.ts';
import type { Names } from './names.ts';
import { summaryColumns, summaryOf } from './trace-row.ts';

export interface RetentionParts {
  readonly driver: Driver;
  readonly names: Names;
  readonly limits: StoreLimits;
  now(): number;
  /** Deletes a trace and all that is in the indexes of it. */
  removeTrace(tid: number, traceId: string): void;
}

export interface Retention {
  /** Counts a trace that has grown. */
  note(before: TraceSummary | undefined, after: TraceSummary): void;
  /** Within the transaction of a batch, after it was written. */
  makeRoom(batchSpans: number): void;
  /** Gives pages back that are free: outside of transactions. */
  shrink(): void;
  counts(): Pick<StoreCounts, 'spanCount' | 'traceCount' | 'byteCount' | 'evicted'>;
  services(): readonly string[];
  /** Reads the counts from the file: at the start, and after a transaction that came to nothing. */
  load(): void;
}

/** Of a service: spans in traces that begin there, with and without errors; such traces; and its own spans, wherever. */
interface ServiceCounts {
  plain: number;
  failed: number;
  traces: number;
  spans: number;
}

const tracesPerStep = 16;

// When a batch has come to a full store, twice as many may go, so that a limit that was lowered is reached in the end.
const leastSpansPerBatch = 2000;

const ageCheckMs = 60_000;

// Free pages are used again by what comes next; more than these are given back. 4 KiB each.
const keptFreePages = 4096;
const pagesPerShrink = 1000;

export function createRetention({ driver, names, limits, now, removeTrace }: RetentionParts): Retention {
  const services = new Map<string, ServiceCounts>();
  const changed = new Set<string>();
  let evictedNow: [string, number][] = [];
  const evicted: Record<string, number> = {};
  let ageCheckedMs = Number.NEGATIVE_INFINITY;

  const sql = {
    load: driver.prepare('SELECT service, plain, failed, traces, spans FROM services'),
    save: driver.prepare(
      'INSERT OR REPLACE INTO services (service, plain, failed, traces, spans) VALUES (?, ?, ?, ?, ?)',
    ),
    oldestOf: driver.prepare(
      `SELECT ${summaryColumns}, added FROM traces WHERE service = ? AND failed = ? ORDER BY added, tid LIMIT ${tracesPerStep}`,
    ),
    pages: driver.prepare('PRAGMA page_count'),
    pageSize: driver.prepare('PRAGMA page_size'),
    freePages: driver.prepare('PRAGMA freelist_count'),
  };
  const pageSize = Number(sql.pageSize.get()?.page_size);
  load();

  function load(): void {
    services.clear();
    changed.clear();
    evictedNow = [];
    for (const { service, plain, failed, traces, spans } of sql.load.all()) {
      services.set(names.textOf(Number(service)), {
        plain: Number(plain),
        failed: Number(failed),
        traces: Number(traces),
        spans: Number(spans),
      });
    }
  }

  function countsOf(name: string): ServiceCounts {
    let counts = services.get(name);
    if (counts === undefined) {
      counts = { plain: 0, failed: 0, traces: 0, spans: 0 };
      services.set(name, counts);
    }
    changed.add(name);
    return counts;
  }

  function count(summary: TraceSummary, sign: 1 | -1): void {
    const owner = countsOf(summary.serviceName);
    owner[summary.errorCount > 0 ? 'failed' : 'plain'] += sign * summary.spanCount;
    owner.traces += sign;
    for (const { name, spanCount } of summary.services) countsOf(name).spans += sign * spanCount;
  }

  function remove(row: Row): void {
    const summary = summaryOf(row, names.textOf);
    removeTrace(Number(row.tid), summary.traceId);
    count(summary, -1);
    for (const { name, spanCount } of summary.services) evictedNow.push([name, spanCount]);
  }

  function removeOutdated(most: number): void {
    const oldestMs = now() - limits.maxAgeMs;
    let left = most;
    for (const name of services.keys()) {
      const service = names.find(name);
      if (service === undefined) continue;
      for (const failed of [0, 1]) {
        for (let rows = sql.oldestOf.all(service, failed); rows.length > 0; rows = sql.oldestOf.all(service, failed)) {
          const outdated = rows.filter(({ added }) => Number(added) < oldestMs);
          for (const row of outdated) remove(row);
          left -= outdated.reduce((sum, { spans }) => sum + Number(spans), 0);
          if (left <= 0) return; // the rest with the next batch
          if (outdated.length < rows.length) break;
        }
      }
    }
    ageCheckedMs = now();
  }

  function removeSurplus(most: number): void {
    let left = most;
    while (left > 0 && (total('plain') + total('failed') > limits.maxSpans || bytes() > limits.maxBytes)) {
      const chosen = chooseEvicted(services);
      const service = chosen && names.find(chosen.service);
      if (chosen === undefined || service === undefined) return;
      const rows = sql.oldestOf.all(service, chosen.hasFailed ? 1 : 0);
      if (rows.length === 0) return;
      for (const row of rows) {
        if (total('plain') + total('failed') <= limits.maxSpans && bytes() <= limits.maxBytes) return;
        remove(row);
        left -= Number(row.spans);
      }
    }
  }

  function total(key: keyof ServiceCounts): number {
    let sum = 0;
    for (const counts of services.values()) sum += counts[key];
    return sum;
  }

  function freePages(): number {
    return Number(sql.freePages.get()?.freelist_count);
  }

  function bytes(): number {
    return (Number(sql.pages.get()?.page_count) - freePages()) * pageSize;
  }

  return {
    note(before, after) {
      if (before !== undefined) count(before, -1);
      count(after, 1);
    },

    makeRoom(batchSpans) {
      const most = Math.max(leastSpansPerBatch, 2 * batchSpans);
      if (now() - ageCheckedMs > ageCheckMs) removeOutdated(most);
      removeSurplus(most);
      for (const name of changed) {
        const { plain, failed, traces, spans } = countsOf(name);
        sql.save.run(names.idOf(name), plain, failed, traces, spans);
      }
    },

    shrink() {
      changed.clear();
      for (const [name, spanCount] of evictedNow) evicted[name] = (evicted[name] ?? 0) + spanCount;
      evictedNow = [];
      if (freePages() > keptFreePages) driver.exec(`PRAGMA incremental_vacuum(${pagesPerShrink})`);
    },

    counts: () => ({
      spanCount: total('spans'),
      traceCount: total('traces'),
      byteCount: bytes(),
      evicted: { ...evicted },
    }),

    services: () =>
      [...services]
        .filter(([, { spans }]) => spans > 0)
        .map(([name]) => name)
        .sort(),

    load,
  };
}

/**
 * What there is to say of each operation over time, without its spans: counts, errors and durations in cells of ten seconds. A
 * million spans are some thousand cells. They outlive the traces that they were counted from, up to the age that is kept.
 */
import type { Operation, Operations, SpanDetails } from '../api/types.ts';
import type { OperationSpan } from './answers/summarise-operations.ts';
import {
  addHistogram,
  countDuration,
  type DurationHistogram,
  durationsAt,
  percentileIn,
} from './duration-histogram.ts';

export const cellMs = 10_000;

// As many as a sparkline has room for.
const sparkParts = 30;

interface Cell {
  count: number;
  errorCount: number;
  totalMs: number;
  readonly histogram: DurationHistogram;
}

interface OperationCells {
  readonly serviceName: string;
  readonly name: string;
  readonly kind: string;
  /** By the number of the cell since 1970. */
  readonly cells: Map<number, Cell>;
}

/** A cell as it is kept in a file. */
export interface SavedCell {
  readonly at: number;
  readonly serviceName: string;
  readonly name: string;
  readonly kind: string;
  readonly count: number;
  readonly errorCount: number;
  readonly totalMs: number;
  readonly histogram: readonly (readonly [bucket: number, count: number])[];
}

export interface OperationHistory {
  add(span: OperationSpan): void;
  /** The range is widened to whole cells. */
  summarise(startMs: number, endMs: number, service?: string | undefined): Operations;
  /** Where a duration stands among all that are known of its operation. */
  history(span: OperationSpan): SpanDetails['history'];
  /** From the earliest moment that is known of to the latest; `undefined` if there is none. */
  range(): { readonly startMs: number; readonly endMs: number } | undefined;
  services(): readonly string[];
  /** Cells that have changed since the last time. */
  takeChanged(): readonly SavedCell[];
  /** Says that it was not saved after all. */
  markChanged(saved: SavedCell): void;
  load(saved: SavedCell): void;
  forgetBefore(ms: number): void;
  clear(): void;
}

export function createOperationHistory(): OperationHistory {
  const operations = new Map<string, OperationCells>();
  /** Cells that have changed since they were taken to be saved. */
  let changed = new Set<string>();

  function operationOf({ serviceName, name, kind }: Pick<OperationSpan, 'serviceName' | 'name' | 'kind'>) {
    const key = JSON.stringify([serviceName, name, kind]);
    let operation = operations.get(key);
    if (operation === undefined) {
      operation = { serviceName, name, kind, cells: new Map() };
      operations.set(key, operation);
    }
    return { key, operation };
  }

  function cellOf(operation: OperationCells, at: number): Cell {
    let cell = operation.cells.get(at);
    if (cell === undefined) {
      cell = { count: 0, errorCount: 0, totalMs: 0, histogram: new Map() };
      operation.cells.set(at, cell);
    }
    return cell;
  }

  return {
    add(span) {
      const { key, operation } = operationOf(span);
      const at = Math.floor(span.startMs / cellMs);
      const cell = cellOf(operation, at);
      cell.count++;
      cell.totalMs += span.durationMs;
      if (span.hasFailed) cell.errorCount++;
      countDuration(cell.histogram, span.durationMs);
      changed.add(`${at} ${key}`);
    },

    summarise(startMs, endMs, service) {
      const found: Operation[] = [];
      for (const operation of operations.values()) {
        if (service !== undefined && operation.serviceName !== service) continue;
        const summary = summarise(operation, startMs, endMs);
        if (summary !== undefined) found.push(summary);
      }
      return { startMs, endMs, operations: found.sort((one, other) => other.totalMs - one.totalMs) };
    },

    history(span) {
      const { operation } = operationOf(span);
      const all: DurationHistogram = new Map();
      let count = 0;
      for (const cell of operation.cells.values()) {
        addHistogram(all, cell.histogram);
        count += cell.count;
      }
      if (count === 0) return undefined;
      const [p50Ms = 0, p95Ms = 0] = durationsAt(all, [50, 95]);
      return { count, percentile: percentileIn(all, span.durationMs), p50Ms, p95Ms };
    },

    range() {
      let first = Number.POSITIVE_INFINITY;
      let last = Number.NEGATIVE_INFINITY;
      for (const { cells } of operations.values()) {
        for (const at of cells.keys()) {
          if (at < first) first = at;
          if (at > last) last = at;
        }
      }
      return first > last ? undefined : { startMs: first * cellMs, endMs: (last + 1) * cellMs };
    },

    services() {
      return [...new Set([...operations.values()].map(({ serviceName }) => serviceName))].sort();
    },

    takeChanged() {
      const taken = [...changed].flatMap((id): SavedCell[] => {
        const space = id.indexOf(' ');
        const at = Number(id.slice(0, space));
        const operation = operations.get(id.slice(space + 1));
        const cell = operation?.cells.get(at);
        if (operation === undefined || cell === undefined) return [];
        const { serviceName, name, kind } = operation;
        return [{ at, serviceName, name, kind, ...cell, histogram: [...cell.histogram] }];
      });
      changed = new Set();
      return taken;
    },

    markChanged({ at, serviceName, name, kind }) {
      changed.add(`${at} ${operationOf({ serviceName, name, kind }).key}`);
    },

    load({ at, histogram, ...saved }) {
      const cell = cellOf(operationOf(saved).operation, at);
      cell.count += saved.count;
      cell.errorCount += saved.errorCount;
      cell.totalMs += saved.totalMs;
      addHistogram(cell.histogram, new Map(histogram));
    },

    forgetBefore(ms) {
      const oldest = Math.floor(ms / cellMs);
      for (const [key, { cells }] of operations) {
        for (const at of cells.keys()) if (at < oldest) cells.delete(at);
        if (cells.size === 0) operations.delete(key);
      }
    },

    clear() {
      operations.clear();
      changed.clear();
    },
  };
}

function summarise(
  { serviceName, name, kind, cells }: OperationCells,
  startMs: number,
  endMs: number,
): Operation | undefined {
  const first = Math.floor(startMs / cellMs);
  const last = Math.floor(endMs / cellMs);
  const all: DurationHistogram = new Map();
  const parts = Array.from({ length: sparkParts }, () => ({
    count: 0,
    errors: 0,
    histogram: new Map<number, number>(),
  }));
  let count = 0;
  let errorCount = 0;
  let totalMs = 0;
  for (const [at, cell] of cells) {
    if (at < first || at > last) continue;
    count += cell.count;
    errorCount += cell.errorCount;
    totalMs += cell.totalMs;
    addHistogram(all, cell.histogram);
    const share = (at * cellMs - startMs) / Math.max(endMs - startMs, 1);
    const part = parts[Math.min(Math.max(Math.floor(share * sparkParts), 0), sparkParts - 1)];
    if (part === undefined) continue;
    part.count += cell.count;
    part.errors += cell.errorCount;
    addHistogram(part.histogram, cell.histogram);
  }
  if (count === 0) return undefined;
  const [p50Ms = 0, p95Ms = 0, p99Ms = 0] = durationsAt(all, [50, 95, 99]);
  return {
    serviceName,
    name,
    kind,
    count,
    errorCount,
    p50Ms,
    p95Ms,
    p99Ms,
    totalMs,
    spark: {
      counts: parts.map((part) => part.count),
      errors: parts.map(({ errors }) => errors),
      p95Ms: parts.map(({ histogram }) => durationsAt(histogram, [95])[0] ?? 0),
    },
  };
}

/** The comparison of two traces, as columns of rows, and the differences by operation. */
import { compareTraces } from '../../../src/analysis/compare.ts';
import type { TraceOutline } from '../../../src/analysis/outline.ts';
import type { TraceModel } from '../trace/trace-model.ts';

export interface ComparisonModel {
  readonly a: TraceModel;
  readonly b: TraceModel;
  /** For each row: the span of each trace, or -1. */
  readonly spansA: Int32Array;
  readonly spansB: Int32Array;
  readonly depths: Int32Array;
  readonly ends: Int32Array;
  readonly parents: Int32Array;
  readonly deltaMs: Float64Array;
  readonly deltaSelfMs: Float64Array;
  readonly addedCount: number;
  readonly removedCount: number;
}

export function buildComparison(
  outlineA: TraceOutline,
  a: TraceModel,
  outlineB: TraceOutline,
  b: TraceModel,
): ComparisonModel {
  const { rows, addedCount, removedCount } = compareTraces(outlineA, outlineB);
  const parents = new Int32Array(rows.length).fill(-1);
  const open: number[] = [];
  rows.forEach(({ depth }, row) => {
    open.length = depth;
    parents[row] = open.at(-1) ?? -1;
    open.push(row);
  });
  return {
    a,
    b,
    spansA: Int32Array.from(rows, (row) => row.a ?? -1),
    spansB: Int32Array.from(rows, (row) => row.b ?? -1),
    depths: Int32Array.from(rows, ({ depth }) => depth),
    ends: Int32Array.from(rows, ({ subtreeEnd }) => subtreeEnd),
    parents,
    deltaMs: Float64Array.from(rows, ({ deltaMs }) => deltaMs),
    deltaSelfMs: Float64Array.from(rows, ({ deltaSelfMs }) => deltaSelfMs),
    addedCount,
    removedCount,
  };
}

/** A smaller difference, as a share of the longer trace, also occurs between two runs of the same code. */
const minShare = 0.01;

/** The rows that differ in number or in time, and their ancestors. */
export function listDifferingRows({ a, b, spansA, spansB, parents, deltaMs }: ComparisonModel): Int32Array {
  const minMs = Math.max(a.totalMs, b.totalMs) * minShare;
  const keep = new Uint8Array(spansA.length);
  for (let row = keep.length - 1; row >= 0; row--) {
    const isOnOneSide = spansA[row] === -1 || spansB[row] === -1;
    if (isOnOneSide || Math.abs(deltaMs[row] as number) >= minMs) keep[row] = 1;
    const parent = parents[row] as number;
    if (keep[row] === 1 && parent >= 0) keep[parent] = 1;
  }
  const rows = new Int32Array(keep.length);
  let count = 0;
  for (let row = 0; row < keep.length; row++) if (keep[row] === 1) rows[count++] = row;
  return rows.subarray(0, count);
}

export interface OperationDifference {
  readonly service: string;
  readonly name: string;
  readonly countA: number;
  readonly countB: number;
  readonly selfMsA: number;
  readonly selfMsB: number;
}

/** The difference of self time by operation, the largest difference first. */
export function listOperationDifferences({ a, b }: Pick<ComparisonModel, 'a' | 'b'>): OperationDifference[] {
  const byKey = new Map<string, { -readonly [Key in keyof OperationDifference]: OperationDifference[Key] }>();
  for (const model of [a, b]) {
    for (const { service, name, kind, count, selfMs } of model.operations) {
      const key = `${model.services[service]}\0${kind}\0${model.names[name]}`;
      let row = byKey.get(key);
      if (row === undefined) {
        const none = { countA: 0, countB: 0, selfMsA: 0, selfMsB: 0 };
        row = { service: model.services[service] ?? '', name: model.names[name] ?? '', ...none };
        byKey.set(key, row);
      }
      if (model === a) {
        row.countA += count;
        row.selfMsA += selfMs;
      } else {
        row.countB += count;
        row.selfMsB += selfMs;
      }
    }
  }
  const size = ({ selfMsA, selfMsB }: OperationDifference) => Math.abs(selfMsB - selfMsA);
  return [...byKey.values()].sort((one, other) => size(other) - size(one));
}

/** The lists that keys step through: errors, matches, self time, the critical path. */
import type { TraceModel } from './trace-model.ts';

/** Returns the first of the ascending rows after `row`, or before it if `step` is -1. Wraps around at the end. */
export function stepThrough(rows: ArrayLike<number>, row: number, step: 1 | -1): number | undefined {
  if (rows.length === 0) return undefined;
  let at = 0;
  while (at < rows.length && (rows[at] as number) < row) at++;
  const isOn = rows[at] === row;
  const next = step === 1 ? (isOn ? at + 1 : at) : at - 1;
  return rows[(next + rows.length) % rows.length];
}

/** The rows where errors began, from top to bottom, without the ancestors that repeat the error. */
export function listErrorRows(model: TraceModel): Int32Array {
  return Int32Array.from(model.errorOrigins, (span) => model.tree.rowOfSpan[span] as number).sort();
}

/** The rows of the critical path, the largest contribution first. */
export function listCriticalRows(model: TraceModel): number[] {
  return listBy(model, model.criticalMs);
}

/** All rows, the longest self time first. */
export function listSelfTimeRows(model: TraceModel): number[] {
  return listBy(model, model.selfMs);
}

/** Returns the hundred largest: users step through a few, and sorting 200,000 takes noticeable time. */
const maxListed = 100;

function listBy({ tree, spanCount }: TraceModel, columnMs: Float64Array): number[] {
  const spans: number[] = [];
  let minMs = 0;
  for (let span = 0; span < spanCount; span++) {
    if (!((columnMs[span] as number) > minMs)) continue;
    spans.push(span);
    if (spans.length < 2 * maxListed) continue;
    spans.sort(descending).length = maxListed;
    minMs = columnMs[spans.at(-1) as number] as number;
  }
  return spans
    .sort(descending)
    .slice(0, maxListed)
    .map((span) => tree.rowOfSpan[span] as number);

  function descending(one: number, other: number): number {
    return (columnMs[other] as number) - (columnMs[one] as number);
  }
}

/** Where the keys lead: the next error, the next match, the next slowest self time, the next piece of the critical path. */
import type { TraceModel } from './trace-model.ts';

/** The first of some ascending rows after `row` (before it, if `step` is -1); around the end, from the other one. */
export function stepThrough(rows: ArrayLike<number>, row: number, step: 1 | -1): number | undefined {
  if (rows.length === 0) return undefined;
  let at = 0;
  while (at < rows.length && (rows[at] as number) < row) at++;
  const isOn = rows[at] === row;
  const next = step === 1 ? (isOn ? at + 1 : at) : at - 1;
  return rows[(next + rows.length) % rows.length];
}

/** The rows where errors began, from top to bottom; what stands above them says the same again. */
export function listErrorRows(model: TraceModel): Int32Array {
  return Int32Array.from(model.errorOrigins, (span) => model.tree.rowOfSpan[span] as number).sort();
}

/** The rows of the critical path, those that contribute most first. */
export function listCriticalRows(model: TraceModel): number[] {
  return listBy(model, model.criticalMs);
}

/** All rows, those with the longest self time first. */
export function listSelfTimeRows(model: TraceModel): number[] {
  return listBy(model, model.selfMs);
}

/** People step through a few of them: the hundred largest are enough, and sorting 200,000 would be felt. */
const mostListed = 100;

function listBy({ tree, spanCount }: TraceModel, columnMs: Float64Array): number[] {
  const spans: number[] = [];
  let leastMs = 0;
  for (let span = 0; span < spanCount; span++) {
    if (!((columnMs[span] as number) > leastMs)) continue;
    spans.push(span);
    if (spans.length < 2 * mostListed) continue;
    spans.sort(descending).length = mostListed;
    leastMs = columnMs[spans.at(-1) as number] as number;
  }
  return spans
    .sort(descending)
    .slice(0, mostListed)
    .map((span) => tree.rowOfSpan[span] as number);

  function descending(one: number, other: number): number {
    return (columnMs[other] as number) - (columnMs[one] as number);
  }
}

/**
 * Finds the exception of a failed span that has none: the span of a database call has a status only, and the span of the application
 * above it has the exception, with the line of code.
 */
import { isSameFailure } from '../../../src/analysis/same-failure.ts';
import { isFailed, type TraceModel } from './trace-model.ts';

/** The nearest span above that passes on the same failure and has events; -1 if there is none in the same service. */
export function exceptionAbove(model: TraceModel, row: number): number {
  const { tree, errors, eventCounts, serviceOf } = model;
  const span = tree.nodes[row] as number;
  if (span < 0 || !isFailed(model, span) || (eventCounts[span] as number) > 0) return -1;
  let depth = tree.depths[row] as number;
  for (let above = row - 1; above >= 0 && depth > 0; above--) {
    if ((tree.depths[above] as number) >= depth) continue;
    depth = tree.depths[above] as number;
    const ancestor = tree.nodes[above] as number;
    if (ancestor < 0) continue; // equal siblings, folded into one row
    if (!isFailed(model, ancestor) || serviceOf[ancestor] !== serviceOf[span]) return -1;
    if (!isSameFailure(errors[ancestor] ?? {}, errors[span] ?? {})) return -1;
    if ((eventCounts[ancestor] as number) > 0) return ancestor;
  }
  return -1;
}

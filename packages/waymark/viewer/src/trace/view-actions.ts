/** Actions of the trace screen that have a control and a key. */
import { param, setParams } from '../router/location.ts';
import { rowKeyOf } from './row-key.ts';
import type { Tab, TraceView } from './trace-view.ts';
import { stepThrough } from './walk-rows.ts';

export function showTab(tab: Tab): void {
  setParams({ tab: tab === 'waterfall' ? undefined : tab });
}

export function stepMatches(view: TraceView, step: 1 | -1): void {
  const rows = view.matches.peek()?.rows ?? [];
  const next = stepThrough(rows, view.selectedRow.peek(), step);
  if (next !== undefined) view.select(next, 'center');
}

export function zoomToSpan(view: TraceView, span: number): void {
  const startMs = view.startMs.peek()[span] as number;
  const endMs = startMs + Math.max(view.model.durationMs[span] as number, 0.001);
  // A margin, so that both ends of the bar are visible.
  const paddingMs = (endMs - startMs) * 0.04;
  view.zoomTo({ startMs: startMs - paddingMs, endMs: endMs + paddingMs });
}

/** Shows only the subtree of a row, or the whole trace again if the subtree is already shown. */
export function toggleRoot(view: TraceView, row: number): void {
  const key = rowKeyOf(view.model, row);
  setParams({ root: param('root') === key ? undefined : key, z: undefined });
}

/** The duration of a span as a string: a dash while the span is unfinished. */
import { formatDurationMs } from '../format/duration.ts';
import type { TraceModel } from './trace-model.ts';

export function durationText(model: Pick<TraceModel, 'durationMs' | 'isUnfinished'>, span: number): string {
  return formatDurationMs(model.isUnfinished[span] === 1 ? Number.NaN : (model.durationMs[span] as number));
}

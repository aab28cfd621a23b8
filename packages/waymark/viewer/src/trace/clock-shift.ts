/** Clock corrections, and the times as they were sent, which the user can show. */
import type { TraceModel } from './trace-model.ts';

export interface ClockOffset {
  readonly service: number;
  /** How far the clock is ahead of the root's clock. The largest offset, if a service has several clocks. */
  readonly offsetMs: number;
}

export function listClockOffsets({
  clockOffsetMs,
  serviceOf,
}: Pick<TraceModel, 'clockOffsetMs' | 'serviceOf'>): readonly ClockOffset[] {
  const offsets = new Map<number, number>();
  clockOffsetMs.forEach((offsetMs, span) => {
    const service = serviceOf[span] as number;
    if (Math.abs(offsetMs) > Math.abs(offsets.get(service) ?? 0)) offsets.set(service, offsetMs);
  });
  return Array.from(offsets, ([service, offsetMs]) => ({ service, offsetMs }));
}

export function sentStarts({ startMs, clockOffsetMs }: Pick<TraceModel, 'startMs' | 'clockOffsetMs'>): Float64Array {
  return startMs.map((start, span) => start + (clockOffsetMs[span] as number));
}

/** The stretch of time that the address says, and how to change it. */
import { param, setParams } from '../router/location.ts';
import { defaultId, rangePresets, readRange, type TimeRange } from './read-range.ts';

/** What the address says. A component that asks is rendered again when it changes. */
export function currentRange(): TimeRange {
  return readRange(param('range'), param('from'), param('to'));
}

/** Text that changes when the range does, for keys of requests. */
export function rangeKey(range: TimeRange): string {
  return range.kind === 'last' ? range.id : `${range.startMs}-${range.endMs}`;
}

/** Shows a preset; the default one leaves the address short. */
export function showLast(id: string): void {
  setParams({ range: id === defaultId ? undefined : id, from: undefined, to: undefined });
}

export function showBetween(startMs: number, endMs: number): void {
  setParams({ range: undefined, from: Math.floor(startMs), to: Math.ceil(endMs) });
}

/** Twice the stretch around the same middle; beyond an hour of now, or from a preset, the next longer preset. */
export function widen(range: TimeRange): void {
  if (range.kind === 'last') {
    const next = rangePresets[rangePresets.indexOf(range) + 1];
    if (next !== undefined) showLast(next.id);
    return;
  }
  const halfMs = Math.max(1, (range.endMs - range.startMs) / 2);
  showBetween(range.startMs - halfMs, range.endMs + halfMs);
}

/** The time range of the current address, and functions that change it. */
import { param, setParams } from '../router/location.ts';
import { defaultId, rangePresets, readRange, type TimeRange } from './read-range.ts';

/** Reads the range. A component that calls it is rendered again when it changes. */
export function currentRange(): TimeRange {
  return readRange(param('range'), param('from'), param('to'));
}

/** A string that changes with the range, for the key of a request. */
export function rangeKey(range: TimeRange): string {
  return range.kind === 'last' ? range.id : `${range.startMs}-${range.endMs}`;
}

/** Shows a preset. The default preset is not written into the address. */
export function showLast(id: string): void {
  setParams({ range: id === defaultId ? undefined : id, from: undefined, to: undefined });
}

export function showBetween(startMs: number, endMs: number): void {
  setParams({ range: undefined, from: Math.floor(startMs), to: Math.ceil(endMs) });
}

/** Doubles a chosen range around its middle. After a preset, shows the next longer preset. */
export function widen(range: TimeRange): void {
  if (range.kind === 'last') {
    const next = rangePresets[rangePresets.indexOf(range) + 1];
    if (next !== undefined) showLast(next.id);
    return;
  }
  const halfMs = Math.max(1, (range.endMs - range.startMs) / 2);
  showBetween(range.startMs - halfMs, range.endMs + halfMs);
}

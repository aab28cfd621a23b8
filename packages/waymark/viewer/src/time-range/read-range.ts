/** Reads the time range from an address: `range=1h` up to now, or `from=` and `to=` in Unix milliseconds. */

export type TimeRange =
  | { readonly kind: 'last'; readonly id: string; readonly name: string; readonly lengthMs: number | undefined }
  | { readonly kind: 'between'; readonly startMs: number; readonly endMs: number };

export interface Bounds {
  readonly startMs?: number;
  readonly endMs?: number;
}

const minuteMs = 60_000;

export const rangePresets: readonly Extract<TimeRange, { kind: 'last' }>[] = [
  { kind: 'last', id: '5m', name: 'Last 5 minutes', lengthMs: 5 * minuteMs },
  { kind: 'last', id: '15m', name: 'Last 15 minutes', lengthMs: 15 * minuteMs },
  { kind: 'last', id: '1h', name: 'Last hour', lengthMs: 60 * minuteMs },
  { kind: 'last', id: '6h', name: 'Last 6 hours', lengthMs: 360 * minuteMs },
  { kind: 'last', id: '24h', name: 'Last 24 hours', lengthMs: 1440 * minuteMs },
  { kind: 'last', id: '7d', name: 'Last 7 days', lengthMs: 10_080 * minuteMs },
  { kind: 'last', id: 'all', name: 'All stored traces', lengthMs: undefined },
];

export const defaultId = '1h';

export function readRange(range: string | undefined, from: string | undefined, to: string | undefined): TimeRange {
  const startMs = readMs(from);
  const endMs = readMs(to);
  if (startMs !== undefined && endMs !== undefined && startMs < endMs) return { kind: 'between', startMs, endMs };
  const preset = rangePresets.find(({ id }) => id === range) ?? rangePresets.find(({ id }) => id === defaultId);
  if (preset === undefined) throw new Error('the default range is one of the presets');
  return preset;
}

/** The range as the API takes it. A range up to now has no end, so it includes spans of a clock that is ahead. */
export function boundsOf(range: TimeRange, nowMs: number): Bounds {
  if (range.kind === 'between') return { startMs: range.startMs, endMs: range.endMs };
  return range.lengthMs === undefined ? {} : { startMs: Math.floor(nowMs - range.lengthMs) };
}

/** An axis shows at least this much time. */
const minShownMs = minuteMs;

/**
 * The part of a range that an axis shows. A range up to now begins a little before the oldest data: three requests of a new
 * service would otherwise be one dot at the edge of an hour.
 *
 * @param there The bounds of the data; infinite without data. Data after `nowMs` is shown, too.
 */
export function shownBounds(
  range: TimeRange,
  { oldestMs, newestMs }: { readonly oldestMs: number; readonly newestMs: number },
  nowMs: number,
): { startMs: number; endMs: number } {
  if (range.kind === 'between') return range;
  const rangeStartMs = range.lengthMs === undefined ? Number.NEGATIVE_INFINITY : nowMs - range.lengthMs;
  const marginMs = (nowMs - oldestMs) / 20;
  const fitMs = Math.min(oldestMs - marginMs, nowMs - minShownMs);
  return { startMs: Math.max(rangeStartMs, fitMs), endMs: Math.max(nowMs, newestMs) };
}

function readMs(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

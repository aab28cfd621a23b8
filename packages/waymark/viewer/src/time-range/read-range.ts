/** Which stretch of time an address means: `range=1h` up to now, or `from=` and `to=` in Unix milliseconds. */

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
  { kind: 'last', id: 'all', name: 'All that is kept', lengthMs: undefined },
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

/** As the API takes it. What ends now has no end: spans of a clock that is ahead are shown, too. */
export function boundsOf(range: TimeRange, nowMs: number): Bounds {
  if (range.kind === 'between') return { startMs: range.startMs, endMs: range.endMs };
  return range.lengthMs === undefined ? {} : { startMs: Math.floor(nowMs - range.lengthMs) };
}

/** Less is not shown, however little there is. */
const leastShownMs = minuteMs;

/**
 * What an axis shows of a range: of one that ends now, only from a little before the oldest of what there is, so that three
 * requests of a new service are not a dot at the edge of an hour.
 *
 * @param there Of what there is; infinite if there is nothing. What came after `nowMs` is shown, too.
 */
export function shownBounds(
  range: TimeRange,
  { oldestMs, newestMs }: { readonly oldestMs: number; readonly newestMs: number },
  nowMs: number,
): { startMs: number; endMs: number } {
  if (range.kind === 'between') return range;
  const rangeStartMs = range.lengthMs === undefined ? Number.NEGATIVE_INFINITY : nowMs - range.lengthMs;
  const marginMs = (nowMs - oldestMs) / 20;
  const fitMs = Math.min(oldestMs - marginMs, nowMs - leastShownMs);
  return { startMs: Math.max(rangeStartMs, fitMs), endMs: Math.max(nowMs, newestMs) };
}

function readMs(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

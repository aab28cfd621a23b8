/** The time range that the trace screen shows, and how it zooms and moves. */

/** Milliseconds after the start of the trace. */
export interface TimeWindow {
  readonly startMs: number;
  readonly endMs: number;
}

/** The narrowest window, a tenth of a microsecond: timestamps have a resolution of one nanosecond. */
const minWindowMs = 0.0001;

/** Makes the window wider (`factor` above 1) or narrower around a time, within the trace. */
export function zoomAround(window: TimeWindow, whole: TimeWindow, atMs: number, factor: number): TimeWindow {
  const width = window.endMs - window.startMs;
  const wholeWidth = whole.endMs - whole.startMs;
  const newWidth = Math.min(Math.max(width * factor, minWindowMs), wholeWidth);
  const share = width === 0 ? 0.5 : (atMs - window.startMs) / width;
  return within({ startMs: atMs - share * newWidth, endMs: atMs + (1 - share) * newWidth }, whole);
}

/** Moves the window by a share of its width. */
export function pan(window: TimeWindow, whole: TimeWindow, share: number): TimeWindow {
  const byMs = (window.endMs - window.startMs) * share;
  return within({ startMs: window.startMs + byMs, endMs: window.endMs + byMs }, whole);
}

/** Moves the window into the trace without changing its width. Returns the whole trace if the window is wider. */
export function within({ startMs, endMs }: TimeWindow, whole: TimeWindow): TimeWindow {
  const width = endMs - startMs;
  if (width >= whole.endMs - whole.startMs) return whole;
  if (startMs < whole.startMs) return { startMs: whole.startMs, endMs: whole.startMs + width };
  if (endMs > whole.endMs) return { startMs: whole.endMs - width, endMs: whole.endMs };
  return { startMs, endMs };
}

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** The steps above 20 seconds: minutes and hours are not decimal. */
const clockSteps = [
  ...[30 * secondMs, minuteMs, 2 * minuteMs, 5 * minuteMs, 10 * minuteMs, 15 * minuteMs, 30 * minuteMs],
  ...[hourMs, 2 * hourMs, 3 * hourMs, 6 * hourMs, 12 * hourMs, dayMs],
];

/** Lists about `count` round values for an axis. */
export function listTicks({ startMs, endMs }: TimeWindow, count: number): readonly number[] {
  const width = endMs - startMs;
  if (!(width > 0) || count < 1) return [];
  const step = roundUp(width / count);
  const ticks: number[] = [];
  // Multiplied, not added: repeated addition of 0.1 drifts.
  for (let index = Math.ceil(startMs / step); index * step <= endMs; index++) ticks.push(index * step);
  return ticks;
}

/** Rounds up to a step of the clock, or to 1, 2 or 5 times a power of ten of milliseconds or days. */
function roundUp(roughMs: number): number {
  const clockStep = roughMs > 20 * secondMs ? clockSteps.find((step) => step >= roughMs) : undefined;
  if (clockStep !== undefined) return clockStep;
  const unit = roughMs > dayMs ? dayMs : 1;
  const power = 10 ** Math.floor(Math.log10(roughMs / unit));
  return unit * power * ([1, 2, 5, 10].find((times) => unit * power * times >= roughMs) ?? 10);
}

/** Formats a window for the address: `12.5~80`. */
export function formatWindow({ startMs, endMs }: TimeWindow): string {
  return `${Number(startMs.toPrecision(9))}~${Number(endMs.toPrecision(9))}`;
}

export function parseWindow(text: string | undefined, whole: TimeWindow): TimeWindow {
  const [startMs = Number.NaN, endMs = Number.NaN] = (text ?? '')
    .split('~')
    .map((part) => (part === '' ? Number.NaN : Number(part)));
  return endMs > startMs ? within({ startMs, endMs }, whole) : whole;
}

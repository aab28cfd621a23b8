/** The stretch of time that a screen shows, and how it moves. */

/** Milliseconds after the trace's start. */
export interface TimeWindow {
  readonly startMs: number;
  readonly endMs: number;
}

/** A nanosecond in the trace is the least that anything measures; a window a tenth of a microsecond wide is narrow enough. */
const narrowestMs = 0.0001;

/** Makes the window wider (`factor` above 1) or narrower around a moment, within the trace. */
export function zoomAround(window: TimeWindow, whole: TimeWindow, atMs: number, factor: number): TimeWindow {
  const width = window.endMs - window.startMs;
  const wholeWidth = whole.endMs - whole.startMs;
  const newWidth = Math.min(Math.max(width * factor, narrowestMs), wholeWidth);
  const share = width === 0 ? 0.5 : (atMs - window.startMs) / width;
  return within({ startMs: atMs - share * newWidth, endMs: atMs + (1 - share) * newWidth }, whole);
}

/** Moves the window by a part of its own width. */
export function pan(window: TimeWindow, whole: TimeWindow, share: number): TimeWindow {
  const byMs = (window.endMs - window.startMs) * share;
  return within({ startMs: window.startMs + byMs, endMs: window.endMs + byMs }, whole);
}

/** The same width, moved to where it is inside; the whole if it is wider. */
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

/** Above twenty seconds clocks do not count by tens. */
const clockSteps = [
  ...[30 * secondMs, minuteMs, 2 * minuteMs, 5 * minuteMs, 10 * minuteMs, 15 * minuteMs, 30 * minuteMs],
  ...[hourMs, 2 * hourMs, 3 * hourMs, 6 * hourMs, 12 * hourMs, dayMs],
];

/** Round moments to write on an axis: about `count` of them, as far apart as clocks have words for. */
export function listTicks({ startMs, endMs }: TimeWindow, count: number): readonly number[] {
  const width = endMs - startMs;
  if (!(width > 0) || count < 1) return [];
  const step = roundUp(width / count);
  const ticks: number[] = [];
  // Counted, not summed up: sums of 0.1 drift.
  for (let index = Math.ceil(startMs / step); index * step <= endMs; index++) ticks.push(index * step);
  return ticks;
}

/** To a unit of the clock, or 1, 2 or 5 times a power of ten of milliseconds or days. */
function roundUp(roughMs: number): number {
  const clockStep = roughMs > 20 * secondMs ? clockSteps.find((step) => step >= roughMs) : undefined;
  if (clockStep !== undefined) return clockStep;
  const unit = roughMs > dayMs ? dayMs : 1;
  const power = 10 ** Math.floor(Math.log10(roughMs / unit));
  return unit * power * ([1, 2, 5, 10].find((times) => unit * power * times >= roughMs) ?? 10);
}

/** As it stands in the address: `12.5~80`. */
export function formatWindow({ startMs, endMs }: TimeWindow): string {
  return `${Number(startMs.toPrecision(9))}~${Number(endMs.toPrecision(9))}`;
}

export function parseWindow(text: string | undefined, whole: TimeWindow): TimeWindow {
  const [startMs = Number.NaN, endMs = Number.NaN] = (text ?? '')
    .split('~')
    .map((part) => (part === '' ? Number.NaN : Number(part)));
  return endMs > startMs ? within({ startMs, endMs }, whole) : whole;
}

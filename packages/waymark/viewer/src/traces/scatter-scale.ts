/** Where moments and durations stand in the scatter, and which moments and durations its axes name. */

export interface Domain {
  readonly startMs: number;
  readonly endMs: number;
  /** Of the vertical, logarithmic axis; both above 0. */
  readonly shortestMs: number;
  readonly longestMs: number;
}

export interface Plot {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Durations that a log scale cannot show stand at its foot. */
const leastMs = 0.01;

/** Whole decades around the durations, at least two, so that a few new points do not move all others. */
export function durationDomain(durationsMs: readonly number[]): { shortestMs: number; longestMs: number } {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const durationMs of durationsMs) {
    const shown = Math.max(leastMs, durationMs);
    if (shown < least) least = shown;
    if (shown > most) most = shown;
  }
  if (most === 0) return { shortestMs: 1, longestMs: 1000 };
  let low = Math.floor(Math.log10(least) + 1e-9);
  let high = Math.ceil(Math.log10(most) - 1e-9);
  if (high === low) low -= 1;
  if (high - low < 2) high = low + 2;
  // One decade above a lone slow point would waste the room; half of one is enough.
  if (high - low > 2 && most <= 10 ** (high - 0.5)) high -= 0.5;
  if (high - low > 2 && least >= 10 ** (low + 0.5)) low += 0.5;
  return { shortestMs: 10 ** low, longestMs: 10 ** high };
}

/** What lies outside of the range stands at its edge: a trace that reaches into it, or a clock that is wrong. */
export function xOf(unixMs: number, domain: Domain, plot: Plot): number {
  const share = (unixMs - domain.startMs) / (domain.endMs - domain.startMs);
  return plot.left + Math.min(1, Math.max(0, share)) * plot.width;
}

export function momentAt(x: number, domain: Domain, plot: Plot): number {
  const share = Math.min(1, Math.max(0, (x - plot.left) / plot.width));
  return domain.startMs + share * (domain.endMs - domain.startMs);
}

export function yOf(durationMs: number, domain: Domain, plot: Plot): number {
  const low = Math.log10(domain.shortestMs);
  const share = (Math.log10(Math.max(leastMs, durationMs)) - low) / (Math.log10(domain.longestMs) - low);
  return plot.top + plot.height * (1 - Math.min(1, Math.max(0, share)));
}

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Above ten seconds clocks do not count by tens. */
const longTicksMs = [minuteMs, 10 * minuteMs, hourMs, 10 * hourMs, ...[2, 20, 200, 2000].map((days) => days * dayMs)];

/** The decades within the domain, in units of the clock above ten seconds. */
export function durationTicks({ shortestMs, longestMs }: Domain): number[] {
  const ticks = [];
  const last = Math.floor(Math.log10(longestMs) + 1e-9);
  for (let power = Math.ceil(Math.log10(shortestMs) - 1e-9); power <= Math.min(last, 4); power++)
    ticks.push(10 ** power);
  return [...ticks, ...longTicksMs.filter((tickMs) => tickMs >= shortestMs && tickMs <= longestMs)];
}

const stepsMs = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((count) => count * secondMs),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * minuteMs),
  ...[1, 2, 3, 6, 12].map((count) => count * hourMs),
  ...[1, 2, 7, 14, 30].map((count) => count * dayMs),
];

/** Round moments, in the reader's time zone, at most as many as `maxCount`. */
export function timeTicks({ startMs, endMs }: Domain, maxCount: number): { atMs: number[]; stepMs: number } {
  const wanted = (endMs - startMs) / Math.max(1, maxCount);
  const stepMs = stepsMs.find((step) => step >= wanted) ?? 90 * dayMs;
  // Round in local time: midnight is midnight here, half-hour zones included.
  const offsetMs = new Date(startMs).getTimezoneOffset() * minuteMs;
  const atMs = [];
  const firstMs = Math.ceil((startMs - offsetMs) / stepMs) * stepMs + offsetMs;
  for (let at = firstMs; at <= endMs + hourMs; at += stepMs) {
    // Where clocks change by an hour, steps of an hour or less stay round. Longer steps move with the clocks.
    const movedMs = stepMs <= hourMs ? 0 : new Date(at).getTimezoneOffset() * minuteMs - offsetMs;
    if (at + movedMs <= endMs) atMs.push(at + movedMs);
  }
  return { atMs, stepMs };
}

/** The point nearest to a place, within a distance; later points lie on top and win. */
export function pointAt(
  { x, y }: { x: number; y: number },
  points: { readonly xs: ArrayLike<number>; readonly ys: ArrayLike<number>; readonly count: number },
  withinPx = 8,
): number | undefined {
  let nearest: number | undefined;
  let least = withinPx * withinPx;
  for (let index = 0; index < points.count; index++) {
    const dx = (points.xs[index] ?? 0) - x;
    const dy = (points.ys[index] ?? 0) - y;
    const distance = dx * dx + dy * dy;
    if (distance <= least) {
      least = distance;
      nearest = index;
    }
  }
  return nearest;
}

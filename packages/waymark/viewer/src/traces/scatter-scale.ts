/** The scales of the scatter, and the ticks of its axes. */

export interface Domain {
  readonly startMs: number;
  readonly endMs: number;
  /** The range of the vertical, logarithmic axis. Both are above 0. */
  readonly shortestMs: number;
  readonly longestMs: number;
}

export interface Plot {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Shorter durations, and 0, are shown at the bottom: a log scale cannot show 0. */
const minMs = 0.01;

/** Whole decades around the durations, at least two, so that a new point rarely moves all others. */
export function durationDomain(durationsMs: readonly number[]): { shortestMs: number; longestMs: number } {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const durationMs of durationsMs) {
    const shown = Math.max(minMs, durationMs);
    if (shown < least) least = shown;
    if (shown > most) most = shown;
  }
  if (most === 0) return { shortestMs: 1, longestMs: 1000 };
  let low = Math.floor(Math.log10(least) + 1e-9);
  let high = Math.ceil(Math.log10(most) - 1e-9);
  if (high === low) low -= 1;
  if (high - low < 2) high = low + 2;
  // A whole decade above one slow point would waste space. Half a decade is enough.
  if (high - low > 2 && most <= 10 ** (high - 0.5)) high -= 0.5;
  if (high - low > 2 && least >= 10 ** (low + 0.5)) low += 0.5;
  return { shortestMs: 10 ** low, longestMs: 10 ** high };
}

/** Times outside the range are at its edge: a trace that began earlier, or a wrong clock. */
export function xOf(unixMs: number, domain: Domain, plot: Plot): number {
  const share = (unixMs - domain.startMs) / (domain.endMs - domain.startMs);
  return plot.left + Math.min(1, Math.max(0, share)) * plot.width;
}

export function timeAt(x: number, domain: Domain, plot: Plot): number {
  const share = Math.min(1, Math.max(0, (x - plot.left) / plot.width));
  return domain.startMs + share * (domain.endMs - domain.startMs);
}

export function yOf(durationMs: number, domain: Domain, plot: Plot): number {
  const low = Math.log10(domain.shortestMs);
  const share = (Math.log10(Math.max(minMs, durationMs)) - low) / (Math.log10(domain.longestMs) - low);
  return plot.top + plot.height * (1 - Math.min(1, Math.max(0, share)));
}

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** The ticks above ten seconds: minutes and hours are not decimal. */
const longTicksMs = [minuteMs, 10 * minuteMs, hourMs, 10 * hourMs, ...[2, 20, 200, 2000].map((days) => days * dayMs)];

/** Lists the decades within the domain, and minutes, hours and days above ten seconds. */
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

/** Lists round times in the time zone of the browser, at most `maxCount`. */
export function timeTicks({ startMs, endMs }: Domain, maxCount: number): { atMs: number[]; stepMs: number } {
  const wanted = (endMs - startMs) / Math.max(1, maxCount);
  const stepMs = stepsMs.find((step) => step >= wanted) ?? 90 * dayMs;
  // Round in local time: midnight is local midnight, also in time zones with half hours.
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

/** Returns the nearest point within a distance. Of two at the same distance, the later one: it is on top. */
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

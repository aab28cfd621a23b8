/** Shows the progress of a long command, on a terminal only: one line with the rate and the remaining time. */

import { countOf } from '../terminal/count-of.ts';
import type { CliIo } from './command.ts';

export interface ProgressOptions {
  /** `Exporting` */
  readonly verb: string;
  /** The counted unit. */
  readonly unit: 'span' | 'byte';
  /** The total, if it is known already. */
  readonly total?: number;
  /** Whether to show the line. Default `true`. */
  readonly isShown?: boolean;
  /** The clock, in milliseconds. Default: that of the process. */
  readonly now?: () => number;
}

export interface Progress {
  /** Sets the total. Without a total only the rate is shown. */
  setTotal(total: number): void;
  add(count: number): void;
  /** Removes the line until the next update. */
  hide(): void;
  /** Removes the line for good. */
  end(): void;
}

const redrawMs = 100;
// The rate of the last seconds predicts the rest better than the average.
const rateWindowMs = 5000;

export function startProgress(
  { stderr, env }: Pick<CliIo, 'env' | 'stderr'>,
  { verb, unit, total: firstTotal, isShown = true, now = () => performance.now() }: ProgressOptions,
): Progress {
  if (!isShown || stderr.isTTY !== true || env.TERM === 'dumb') {
    return { setTotal() {}, add() {}, hide() {}, end() {} };
  }
  const startMs = now();
  let total = firstTotal;
  let done = 0;
  let drawnMs = Number.NEGATIVE_INFINITY;
  let hasEnded = false;
  const marks: { readonly ms: number; readonly done: number }[] = [{ ms: startMs, done: 0 }];

  function draw(): void {
    const nowMs = now();
    if (hasEnded || (nowMs - drawnMs < redrawMs && done !== total)) return;
    drawnMs = nowMs;
    marks.push({ ms: nowMs, done });
    while (marks.length > 2 && nowMs - (marks[0]?.ms ?? nowMs) > rateWindowMs) marks.shift();
    const from = marks[0] ?? { ms: startMs, done: 0 };
    const perSecond = nowMs > from.ms ? ((done - from.done) / (nowMs - from.ms)) * 1000 : 0;
    const line = describeProgress({ verb, unit, done, total, perSecond });
    // The last column stays empty, since some terminals wrap the line when it is full.
    stderr.write(`\r${line.slice(0, (stderr.columns || 80) - 1)}\u001b[K`);
  }

  function hide(): void {
    if (!hasEnded) stderr.write('\r\u001b[K');
  }

  draw();
  return {
    setTotal(count) {
      total = count;
      draw();
    },
    add(count) {
      done += count;
      draw();
    },
    hide,
    end() {
      hide();
      hasEnded = true;
    },
  };
}

interface ProgressState {
  readonly verb: string;
  readonly unit: 'span' | 'byte';
  readonly done: number;
  readonly total: number | undefined;
  readonly perSecond: number;
}

/** `Exporting 12,000 of 48,000 spans, 25 %, 6,000 spans/s, 6 s left` */
function describeProgress({ verb, unit, done, total, perSecond }: ProgressState): string {
  const count = (value: number): string => (unit === 'byte' ? inMegabytes(value) : countOf(Math.round(value), unit));
  const parts =
    total === undefined
      ? [`${verb} ${count(done)}`]
      : [
          `${verb} ${unit === 'byte' ? inMegabytes(done) : done.toLocaleString('en-US')} of ${count(total)}`,
          `${total > 0 ? Math.min(Math.floor((done / total) * 100), 100) : 100} %`,
        ];
  if (perSecond > 0) parts.push(`${count(perSecond)}/s`);
  if (perSecond > 0 && total !== undefined && total > done) parts.push(`${inWords((total - done) / perSecond)} left`);
  return parts.join(', ');
}

function inMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function inWords(seconds: number): string {
  if (seconds < 90) return `${Math.max(Math.round(seconds), 1)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

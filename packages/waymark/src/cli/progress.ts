/** How far a long command is: one line on a terminal, with the rate and what is left. Nothing anywhere else. */
import type { CliIo } from './command.ts';
import { countOf } from './count-of.ts';

export interface ProgressOptions {
  /** `Exporting` */
  readonly verb: string;
  /** What is counted: `span`, or `byte`. */
  readonly unit: 'span' | 'byte';
  /** What there is to do altogether, if it is known by now. */
  readonly total?: number;
  /** Whether there is room for the line. Default `true`. */
  readonly isShown?: boolean;
  /** Milliseconds. Default: the clock of the process. */
  readonly now?: () => number;
}

export interface Progress {
  /** What there is to do altogether; without it only the rate is shown. */
  setTotal(total: number): void;
  add(count: number): void;
  /** Takes the line away until there is more to say. */
  hide(): void;
  /** Takes the line away for good. */
  end(): void;
}

const redrawMs = 100;
// The rate of the last seconds says more about the rest than that of the whole.
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
    // The last column stays free: some terminals go to the next line when it is filled.
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

/** When a thread that has failed is started again: at once the first time, later and later while it goes on failing. */

export interface RestartSchedule {
  /** Notes a failure. @returns After how long to start again; `undefined` if starting again helps nothing. */
  delayAfter(failure: { readonly wasOpening: boolean; readonly code: string | undefined }): number | undefined;
  /** Failures that came one soon after the other. */
  failuresInARow(): number;
}

export interface RestartTimes {
  /** After the second failure in a row; twice as long after each further one. Default 500. */
  readonly firstDelayMs: number;
  /** Default 30,000. */
  readonly maxDelayMs: number;
  /** A thread that has run for so long has recovered: the next failure is a first one. Default 60,000. */
  readonly recoveredMs: number;
}

export const defaultRestartTimes: RestartTimes = { firstDelayMs: 500, maxDelayMs: 30_000, recoveredMs: 60_000 };

// What has failed while it opened fails again in the same way, unless something else has changed meanwhile.
const maxFailedOpens = 3;

export function createRestartSchedule(
  { firstDelayMs, maxDelayMs, recoveredMs }: RestartTimes,
  now: () => number = () => performance.now(),
): RestartSchedule {
  let inARow = 0;
  let failedOpens = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  let lastDelayMs = 0;

  return {
    delayAfter({ wasOpening, code }) {
      // It has run from the end of the last delay until now.
      inARow = now() - lastMs - lastDelayMs > recoveredMs ? 1 : inARow + 1;
      failedOpens = wasOpening ? failedOpens + 1 : 0;
      lastMs = now();
      lastDelayMs = inARow === 1 ? 0 : Math.min(firstDelayMs * 2 ** (inARow - 2), maxDelayMs);
      // Another process has taken the file while this one had no thread: it may give it back.
      if (code !== undefined && code !== 'WAYMARK_STORE_IN_USE') return undefined;
      return failedOpens < maxFailedOpens || code !== undefined ? lastDelayMs : undefined;
    },
    failuresInARow: () => inARow,
  };
}

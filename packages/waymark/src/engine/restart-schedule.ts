/** When to restart a failed thread: at once after the first failure, with a growing delay after further ones. */

export interface RestartSchedule {
  /** Records a failure. @returns The delay before the restart; `undefined` if a restart cannot help. */
  delayAfter(failure: { readonly wasOpening: boolean; readonly code: string | undefined }): number | undefined;
  /** Failures without a recovery between them. */
  failuresInARow(): number;
}

export interface RestartTimes {
  /** Delay after the second failure in a row; doubled after each further one. Default 500. */
  readonly firstDelayMs: number;
  /** Default 30,000. */
  readonly maxDelayMs: number;
  /** After running for so long a thread has recovered, and its next failure counts as the first. Default 60,000. */
  readonly recoveredMs: number;
}

export const defaultRestartTimes: RestartTimes = { firstDelayMs: 500, maxDelayMs: 30_000, recoveredMs: 60_000 };

// A failure to open the store usually repeats, unless something else changes.
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
      // The thread has run since the last delay was over.
      inARow = now() - lastMs - lastDelayMs > recoveredMs ? 1 : inARow + 1;
      failedOpens = wasOpening ? failedOpens + 1 : 0;
      lastMs = now();
      lastDelayMs = inARow === 1 ? 0 : Math.min(firstDelayMs * 2 ** (inARow - 2), maxDelayMs);
      // Another process took the file while this one had no thread. It may release it.
      if (code !== undefined && code !== 'WAYMARK_STORE_IN_USE') return undefined;
      return failedOpens < maxFailedOpens || code !== undefined ? lastDelayMs : undefined;
    },
    failuresInARow: () => inARow,
  };
}

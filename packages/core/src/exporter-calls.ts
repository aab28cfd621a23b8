/**
 * Calls into exporters, which may be the application's own. What they throw, reject with or answer wrongly is counted under
 * `exporter-failed`, and goes no further.
 */
import type { Diagnostics } from './diagnostics.ts';
import type { ExporterStats, ReplayStats, SpanExporter } from './exporter.ts';

/** `undefined` if it throws. */
export function callExporter<Result>(call: () => Result, diagnostics: Diagnostics): Result | undefined {
  try {
    const result = call();
    containPromise(result, () => {}, diagnostics);
    return result;
  } catch (error) {
    diagnostics.count('exporter-failed', error);
    return undefined;
  }
}

/** Handles the rejection of a promise that an exporter returned: an unhandled rejection ends the process. */
export function containPromise(returned: unknown, onRejected: () => void, diagnostics: Diagnostics): void {
  if (!isObject(returned) || typeof returned.then !== 'function') return;
  Promise.resolve(returned).catch((error: unknown) => {
    onRejected();
    diagnostics.count('exporter-failed', error);
  });
}

/** The statistics of an exporter. Missing and wrong numbers are 0 or absent. */
export function readExporterStats(exporter: SpanExporter, diagnostics: Diagnostics): ExporterStats {
  try {
    const given: unknown = exporter.stats();
    containPromise(given, () => {}, diagnostics);
    const { exported, waiting, spooled, dropped, lastError, replay } = toObject(given);
    return {
      exported: toCount(exported),
      waiting: toCount(waiting),
      spooled: spooled === undefined ? undefined : toCount(spooled),
      dropped: toCounts(dropped),
      lastError: toLastError(lastError),
      ...(isObject(replay) && { replay: toReplay(replay) }),
    };
  } catch (error) {
    diagnostics.count('exporter-failed', error);
    return { exported: 0, waiting: 0, dropped: {} };
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function toObject(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

function toCount(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}

function toCounts(value: unknown): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(toObject(value)).map(([reason, count]) => [reason, toCount(count)]));
}

function toLastError(value: unknown): ExporterStats['lastError'] {
  const { message, timeMs } = toObject(value);
  return typeof message === 'string' ? { message, timeMs: toCount(timeMs) } : undefined;
}

function toReplay({ delivered, dropped, isComplete }: Readonly<Record<string, unknown>>): ReplayStats {
  return { delivered: toCount(delivered), dropped: toCounts(dropped), isComplete: isComplete !== false };
}

/** One call of an exporter's `export()`, which may throw, call back twice, at once or never, or return a promise. */
import { clearTimeout, setTimeout } from 'node:timers'; // not the global ones, which a test may fake
import type { OpenTelemetryReadableSpan, OpenTelemetrySpanExporter } from '../open-telemetry-types.ts';
import { readProperty } from '../read-property.ts';
import { toText } from '../to-text.ts';

/** What became of the spans. */
export type ExportOutcome =
  | { readonly isExported: true }
  | {
      readonly isExported: false;
      /** `export-failed`: it called back with a failure. `exporter-failed`: it threw. `timeout`: it did not call back. */
      readonly reason: 'export-failed' | 'exporter-failed' | 'timeout';
      readonly message: string;
    };

/**
 * Calls `onSettled` once, at once or later. Never throws. Call it outside the context of a request, which a timer would keep.
 *
 * @param options.untraced Runs the exporter's work.
 * @param options.timeoutMs When to stop waiting. The timer does not keep the process alive.
 */
export function callExport(
  exporter: OpenTelemetrySpanExporter,
  spans: OpenTelemetryReadableSpan[],
  { untraced, timeoutMs }: { readonly untraced: <Result>(fn: () => Result) => Result; readonly timeoutMs: number },
  onSettled: (outcome: ExportOutcome) => void,
): void {
  let isSettled = false;
  const timer = setTimeout(giveUp, timeoutMs).unref();

  function settle(outcome: ExportOutcome): void {
    if (isSettled) return;
    isSettled = true;
    clearTimeout(timer);
    onSettled(outcome);
  }

  function giveUp(): void {
    settle({ isExported: false, reason: 'timeout', message: `it did not call back within ${timeoutMs} ms` });
  }

  function fail(error: unknown): void {
    settle({ isExported: false, reason: 'exporter-failed', message: describeExportError(error) });
  }

  try {
    const returned: unknown = untraced(() => exporter.export(spans, (result) => settle(readResult(result))));
    // An `async` export() is against the contract, and its rejection would end the process.
    if (typeof readProperty(returned, 'then') === 'function') Promise.resolve(returned).catch(fail);
  } catch (error) {
    fail(error);
  }
}

/** @param result As the exporter gave it. */
function readResult(result: unknown): ExportOutcome {
  if (readProperty(result, 'code') === 0) return { isExported: true };
  const error = readProperty(result, 'error');
  const message = error === undefined ? 'it reported a failure without a reason' : describeExportError(error);
  return { isExported: false, reason: 'export-failed', message };
}

/** The code and the message of an error, of which either may be missing: Node's error for `localhost` has no message. */
export function describeExportError(error: unknown): string {
  const message = readProperty(error, 'message');
  const code = readProperty(error, 'code');
  const said = typeof message === 'string' ? message.trim() : error instanceof Error ? '' : toText(error);
  const coded = typeof code === 'string' || typeof code === 'number' ? String(code) : '';
  if (coded === '' || said.includes(coded)) return said || 'an error without a message';
  return said === '' ? coded : `${coded} ${said}`;
}

/** Whether spans get where they are to go: one is sent to each exporter's receiver, and what happened is said in words. */
import { performance } from 'node:perf_hooks';
import type { ExporterHealth, HealthReport, SpanExporter } from './exporter.ts';
import { longestTimerMs } from './longest-timer.ts';
import type { ReadableSpan } from './readable-span.ts';
import { toText } from './to-text.ts';
import { untraced } from './untraced.ts';

/** Asks all exporters at once. Never rejects. */
export async function checkHealth(
  exporters: readonly SpanExporter[],
  span: ReadableSpan,
  timeoutMs: number,
): Promise<HealthReport> {
  const healths = await Promise.all(exporters.map((exporter) => checkOne(exporter, span, timeoutMs)));
  return { ok: healths.length > 0 && healths.every(({ ok }) => ok), exporters: healths };
}

async function checkOne(exporter: SpanExporter, span: ReadableSpan, timeoutMs: number): Promise<ExporterHealth> {
  const { name } = exporter; // options.ts has looked at it
  const startMs = performance.now();
  let timer: NodeJS.Timeout | undefined;
  // Exporters keep to the time by themselves, and have more to say than this. One that does not is not waited for.
  const timeUp = new Promise<Omit<ExporterHealth, 'name' | 'durationMs'>>((resolve) => {
    const message = `the check did not come to an end within ${timeoutMs} ms`;
    timer = setTimeout(() => resolve({ ok: false, message }), Math.min(timeoutMs + graceMs, longestTimerMs));
  });
  try {
    const { destination = 'code of the application' } = exporter;
    const found: Partial<ExporterHealth> | undefined = await Promise.race([
      untraced(() => exporter.healthCheck?.(span, { timeoutMs })) ?? {
        ok: true,
        message: `spans go to ${destination}: there is nothing to reach`,
      },
      timeUp,
    ]);
    const { ok = false, message = 'the check did not say what it found', ...more } = found ?? {};
    return { ...more, name, ok: ok === true, message: toText(message), durationMs: performance.now() - startMs };
  } catch (error) {
    const message = `the check failed: ${toText(error)}`;
    return { name, ok: false, message, durationMs: performance.now() - startMs };
  } finally {
    clearTimeout(timer);
  }
}

// To find out what listens where somebody hung up.
const graceMs = 1500;

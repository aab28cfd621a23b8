/** The health check: sends one span to each exporter's receiver, and describes the outcome. */
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
  const { name } = exporter; // options.ts has checked it
  const startMs = performance.now();
  let timer: NodeJS.Timeout | undefined;
  // Exporters keep to the time themselves, and give a better message. This is for one that does not.
  const timeUp = new Promise<Omit<ExporterHealth, 'name' | 'durationMs'>>((resolve) => {
    const message = `the check did not end within ${timeoutMs} ms`;
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
    const { ok = false, message = 'the check returned no message', ...more } = found ?? {};
    return { ...more, name, ok: ok === true, message: toText(message), durationMs: performance.now() - startMs };
  } catch (error) {
    const message = `the check failed: ${toText(error)}`;
    return { name, ok: false, message, durationMs: performance.now() - startMs };
  } finally {
    clearTimeout(timer);
  }
}

// Time to identify what listens at a port that closes the connection.
const graceMs = 1500;

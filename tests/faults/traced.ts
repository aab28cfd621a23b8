// A tracer for each format that sends to a collector, with a check of its statistics.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createTracer, type SpanExporter, type Tracer } from '@waymark/core';
import { otlpExporter } from '@waymark/core/otlp';
import { zipkinExporter } from '@waymark/core/zipkin';
import { trustedCertificate } from './faulty-collector.ts';

interface ExporterSettings {
  readonly timeoutMs: number;
  readonly batch: { readonly scheduleDelayMs: number; readonly maxExportBatchSize?: number };
  readonly certificate?: Buffer;
  readonly spool?: { readonly directory: string };
}

const exporters: Readonly<Record<string, (origin: string, settings: ExporterSettings) => SpanExporter>> = {
  'OTLP protobuf': (origin, settings) => otlpExporter({ url: `${origin}/v1/traces`, env: {}, ...settings }),
  'OTLP JSON': (origin, settings) =>
    otlpExporter({ url: `${origin}/v1/traces`, env: {}, protocol: 'http/json', ...settings }),
  Zipkin: (origin, settings) => zipkinExporter({ url: `${origin}/api/v2/spans`, env: {}, ...settings }),
};

export const formats: readonly string[] = Object.keys(exporters);

export interface TracedOptions {
  readonly format: string;
  readonly origin: string;
  readonly timeoutMs?: number;
  readonly batchSize?: number;
  readonly certificate?: Buffer;
  readonly spoolDirectory?: string | undefined;
}

export interface Traced {
  readonly tracer: Tracer;
  /** Its log lines. */
  readonly lines: readonly string[];
  /** Makes spans, and returns their ids. */
  makeSpans(count: number): string[];
  /** The statistics that did not add up. */
  readonly wrongAccounts: readonly string[];
  /** Stops the checks. */
  [Symbol.dispose](): void;
}

export function startTraced({
  format,
  origin,
  timeoutMs = 10_000,
  batchSize = 10,
  certificate = trustedCertificate,
  spoolDirectory,
}: TracedOptions): Traced {
  const lines: string[] = [];
  const wrongAccounts: string[] = [];
  const exporter = exporters[format]?.(origin, {
    timeoutMs,
    batch: { scheduleDelayMs: 20, maxExportBatchSize: batchSize },
    certificate,
    ...(spoolDirectory !== undefined && { spool: { directory: spoolDirectory } }),
  });
  const tracer = createTracer({
    serviceName: 'faults',
    exporter,
    flushOnExit: false,
    env: {},
    log: (line) => lines.push(line),
  });
  const check = (): void => {
    if (!addsUp(tracer)) wrongAccounts.push(JSON.stringify(tracer.stats()));
  };
  const timer = setInterval(check, 1);
  subscribe('waymark.diagnostics', check); // a subscriber may read the statistics at that moment too
  return {
    tracer,
    lines,
    wrongAccounts,
    makeSpans: (count) =>
      Array.from({ length: count }, (_, index) => {
        const span = tracer.startSpan(`span ${index}`, { attributes: { index } });
        span.end();
        check();
        return span.spanId;
      }),
    [Symbol.dispose]() {
      clearInterval(timer);
      unsubscribe('waymark.diagnostics', check);
    },
  };
}

/** Whether each ended span is counted exactly once. */
function addsUp(tracer: Tracer): boolean {
  const { ended, exported, waiting, spooled, dropped } = tracer.stats();
  return ended === exported + waiting + spooled + sumOf(dropped);
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Waits until the condition holds. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Flushes until no span waits. Each flush retries waiting batches at once. */
export async function deliverAll(tracer: Tracer): Promise<void> {
  while (!(await tracer.flush({ timeoutMs: 500 })).complete);
}

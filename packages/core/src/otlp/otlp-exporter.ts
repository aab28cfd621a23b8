import type { SpanExporter } from '../exporter.ts';
import type { OtlpExporterOptions } from '../options.ts';
export function otlpExporter(_options: OtlpExporterOptions = {}): SpanExporter {
  return { name: 'otlp', export() {}, stats: () => ({ exported: 0, waiting: 0, dropped: {} }) };
}

import type { SpanExporter } from '../exporter.ts';
export function consoleExporter(): SpanExporter {
  return { name: 'console', export() {}, stats: () => ({ exported: 0, waiting: 0, dropped: {} }) };
}

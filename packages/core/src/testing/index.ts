/** Helpers for tests and examples. */
export type { SpanData } from '../span-data.ts';
export { type InMemoryExporter, inMemoryExporter } from './in-memory-exporter.ts';
export { type OtlpReceiver, startOtlpReceiver } from './otlp-receiver.ts';

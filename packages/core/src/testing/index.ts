export type { SpanData } from '../span-data.ts';
export { type InMemoryExporter, inMemoryExporter } from './in-memory-exporter.ts';

/** Sending spans to Zipkin. */
export type { BatchOptions, SpoolOptions, WhenFull } from '../batch-options.ts';
export type { ZipkinExporterOptions } from '../zipkin-options.ts';
export { zipkinExporter } from './zipkin-exporter.ts';

/** Sending spans as OTLP over HTTP. */
export type { BatchOptions, SpoolOptions, WhenFull } from '../batch-options.ts';
export type { OtlpExporterOptions } from '../otlp-options.ts';
export { otlpExporter } from './otlp-exporter.ts';

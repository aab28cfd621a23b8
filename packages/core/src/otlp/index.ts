/** Sending spans as OTLP over HTTP. */
export type { OtlpExporterOptions } from '../otlp-options.ts';
export { otlpExporter } from './otlp-exporter.ts';

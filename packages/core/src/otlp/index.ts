/**
 * Sending spans as OTLP over HTTP.
 *
 * @packageDocumentation
 */
export type { BatchOptions, SpoolOptions, WhenFull } from '../sending/batch-options.ts';
export type { ExporterOptions } from '../sending/exporter-options.ts';
export { otlpExporter } from './otlp-exporter.ts';
export type { OtlpExporterOptions, OtlpProtocol } from './otlp-options.ts';

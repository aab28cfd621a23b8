/**
 * Sending spans to Zipkin.
 *
 * @packageDocumentation
 */
export type { BatchOptions, SpoolOptions, WhenFull } from '../sending/batch-options.ts';
export type { ExporterOptions } from '../sending/exporter-options.ts';
export { zipkinExporter } from './zipkin-exporter.ts';
export type { ZipkinExporterOptions } from './zipkin-options.ts';

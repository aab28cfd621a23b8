/** Sending spans to Zipkin. */
export type { ZipkinExporterOptions } from '../zipkin-options.ts';
export { zipkinExporter } from './zipkin-exporter.ts';

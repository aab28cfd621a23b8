export type { OtlpExporterOptions } from '../options.ts';
export { otlpExporter } from './otlp-exporter.ts';

/**
 * For tests of your spans: an exporter that keeps them in memory, receivers to send them to, and a trace as a tree of text.
 *
 * @packageDocumentation
 */
export { type RenderTraceOptions, renderTrace } from '../console/render-trace.ts';
export type { SpanData } from '../span-data.ts';
export type { ZipkinEndpoint, ZipkinSpan } from '../zipkin/zipkin-span.ts';
export { type InMemoryExporter, inMemoryExporter } from './in-memory-exporter.ts';
export { type OtlpReceiver, startOtlpReceiver } from './otlp-receiver.ts';
export type { SpanReceiver } from './span-receiver.ts';
export { startZipkinReceiver, type ZipkinReceiver } from './zipkin-receiver.ts';

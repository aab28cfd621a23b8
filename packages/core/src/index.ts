/** Waymark's core: spans, context, propagation, sampling, and the tracer that joins them. */
export type { Attributes, AttributeValue } from './attributes.ts';
export { Baggage, type BaggageEntry, type BaggageProperty } from './baggage.ts';
export type { Clock, TimeInput } from './clock.ts';
export { consoleExporter } from './console/console-exporter.ts';
export { activeSpan, bind, type Context, contextWith, currentContext, withContext } from './context.ts';
export { createTracer } from './create-tracer.ts';
export {
  deleteBaggage,
  extract,
  getAllBaggage,
  getBaggage,
  inject,
  setBaggage,
  startSpan,
  withBaggage,
  withSpan,
} from './current.ts';
export { getTracer, setDefaultTracer } from './default-tracer.ts';
export type { Diagnostics, DiagnosticsMessage, LogLevel } from './diagnostics.ts';
export type { EndingHook } from './ending-hook.ts';
export { WaymarkError, type WaymarkErrorCode } from './errors.ts';
export type { ExporterHost, ExporterStats, FlushReport, ReplayStats, SpanExporter } from './exporter.ts';
export type { ExporterHealth, HealthCheckOptions, HealthReport } from './health.ts';
export type { IdGenerator, LimitOptions, TracerOptions } from './options.ts';
export { type ParentInput, remoteSpan } from './parent.ts';
export { b3MultiPropagator, b3Propagator } from './propagation/b3.ts';
export { parseBaggage, serializeBaggage } from './propagation/baggage-header.ts';
export { environmentGetter, environmentSetter } from './propagation/environment.ts';
export { jaegerPropagator } from './propagation/jaeger.ts';
export type { Getter, Propagator, Setter } from './propagation/propagator.ts';
export { parseTraceparent, serializeTraceparent } from './propagation/traceparent.ts';
export { parseTracestate, TraceState } from './propagation/tracestate.ts';
export { baggagePropagator, tracecontextPropagator } from './propagation/w3c.ts';
export { xrayPropagator } from './propagation/xray.ts';
export { type RateLimitOptions, rateLimitedSampler } from './rate-limit.ts';
export type { Resource } from './resource.ts';
export {
  alwaysOffSampler,
  alwaysOnSampler,
  type ParentBasedOptions,
  parentBasedSampler,
  type Sampler,
  type SamplerFunction,
  type SamplingInput,
  type SamplingResult,
  traceIdRatioSampler,
} from './sampler.ts';
export {
  isWaymarkSpan,
  type Link,
  NonRecordingSpan,
  RecordingSpan,
  type Span,
  type SpanEvent,
  type SpanLink,
  type SpanStatus,
  type StatusCode,
} from './span.ts';
export { createSpanContext, type SpanContext, type SpanContextInput } from './span-context.ts';
export { readSpan, type SpanData, type SpanEventData, type SpanLinkData } from './span-data.ts';
export type { SpanKind } from './span-kind.ts';
export type { SpanOptions, Tracer, TracerStats } from './tracer.ts';

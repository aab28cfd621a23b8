/**
 * Waymark's core: spans, context, propagation, sampling, and the tracer that joins them.
 *
 * @packageDocumentation
 */

export { activeSpan, bind, contextWith, currentContext, withContext } from './active-context.ts';
export type { AttributeMap, Attributes, AttributeValue } from './attribute-value.ts';
export { Baggage, type BaggageEntry, type BaggageProperty } from './baggage.ts';
export type { Clock, TimeInput } from './clock.ts';
export type { CodeAttributesOption } from './code-attributes-option.ts';
export { type ConsoleExporterOptions, consoleExporter } from './console/console-exporter.ts';
export type { Context } from './context.ts';
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
export type { DiagnosticReason, Diagnostics, DiagnosticsMessage, LogLevel } from './diagnostics.ts';
export type { EndingHook } from './ending-hook.ts';
export { WaymarkError, type WaymarkErrorCode } from './errors.ts';
export type {
  ExporterHealth,
  ExporterHost,
  ExporterStats,
  FlushReport,
  HealthCheckOptions,
  HealthReport,
  LastWait,
  ReplayStats,
  SaveOptions,
  SpanExporter,
} from './exporter.ts';
export type { ExporterName } from './exporter-option.ts';
export type { InstrumentationScope } from './instrumentation-scope.ts';
export type { LibrariesOption, LibraryName, OptionsByLibrary } from './libraries-option.ts';
export type * from './library-options/index.ts';
export type {
  HrTime,
  OpenTelemetryAttributes,
  OpenTelemetryAttributeValue,
  OpenTelemetryExportResult,
  OpenTelemetryInstrumentationScope,
  OpenTelemetryParentContext,
  OpenTelemetryProcessedSpan,
  OpenTelemetryReadableSpan,
  OpenTelemetryResource,
  OpenTelemetrySpanContext,
  OpenTelemetrySpanExporter,
  OpenTelemetrySpanProcessor,
  OpenTelemetryTime,
} from './open-telemetry-types.ts';
export type { IdGenerator, LimitOptions, PropagatorName, TracerOptions } from './options.ts';
export { remoteSpan } from './parent.ts';
export { b3MultiPropagator, b3Propagator } from './propagation/b3.ts';
export { type OnDropped, parseBaggage, serializeBaggage } from './propagation/baggage-header.ts';
export type { Carrier, CarrierMap, CarrierObject, CarrierPairs } from './propagation/carrier.ts';
export { environmentGetter, environmentSetter } from './propagation/environment.ts';
export { jaegerPropagator } from './propagation/jaeger.ts';
export type { Getter, Propagator, Setter } from './propagation/propagator.ts';
export { parseTraceparent, serializeTraceparent } from './propagation/traceparent.ts';
export { parseTracestate, TraceState } from './propagation/tracestate.ts';
export { baggagePropagator, tracecontextPropagator } from './propagation/w3c.ts';
export { xrayPropagator } from './propagation/xray.ts';
export { type RateLimitOptions, rateLimitedSampler } from './rate-limit.ts';
export type {
  EndingSpan,
  HookedSpan,
  ReadableSpan,
  SpanEventData,
  SpanLinkData,
  StartingSpan,
} from './readable-span.ts';
export type { Resource } from './resource.ts';
export {
  alwaysOffSampler,
  alwaysOnSampler,
  type ParentBasedOptions,
  parentBasedSampler,
  type RatioSampler,
  type Sampler,
  type SamplerFunction,
  type SamplerName,
  type SamplerOption,
  type SamplingFacts,
  type SamplingInput,
  type SamplingResult,
  traceIdRatioSampler,
} from './sampler.ts';
export type { SettingOrigin } from './settings/resolve-settings.ts';
export type { Environment } from './settings/setting.ts';
export type { Link, Span, SpanStatus, StatusCode } from './span.ts';
export { createSpanContext, type SpanContext, type SpanContextInput } from './span-context.ts';
export { readSpan, type SpanData } from './span-data.ts';
export type { SpanKind } from './span-kind.ts';
export type { ParentInput, SpanOptions } from './span-options.ts';
export type { SpanResult } from './span-result.ts';
export type { StartingHook } from './starting-hook.ts';
export type { Tracer, TracerStats } from './tracer.ts';

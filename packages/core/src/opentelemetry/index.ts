/**
 * The bridge to `@opentelemetry/api`: whatever calls it is in Waymark's traces.
 *
 * @packageDocumentation
 */
export type {
  OpenTelemetryApi,
  OpenTelemetryContext,
  OpenTelemetryContextManager,
  OpenTelemetryGetter,
  OpenTelemetryPropagator,
  OpenTelemetrySetter,
  OpenTelemetrySpanOptions,
  OpenTelemetryToken,
  OpenTelemetryTracer,
  OpenTelemetryTracerProvider,
} from './api-types.ts';
export { type BridgeOptions, bridgeOpenTelemetry, type OpenTelemetryBridge } from './bridge.ts';
export type { Preference, PreferOption } from './doubled.ts';

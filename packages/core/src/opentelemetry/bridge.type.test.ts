// The bridge fits the types of `@opentelemetry/api`, of each version, without a cast.
import type * as api110 from '@opentelemetry/api';
import type * as api19 from 'opentelemetry-api-1.9';
import type { OpenTelemetryApi, OpenTelemetryBridge, OpenTelemetryContext } from './index.ts';

type Fits<Given extends Expected, Expected> = Given;

/** What an application passes. */
export type Apis = [Fits<typeof api110, OpenTelemetryApi>, Fits<typeof api19, OpenTelemetryApi>];

/** What instrumentations take: `setTracerProvider(bridge.tracerProvider)`, and what is registered by hand. */
export type Parts = [
  Fits<OpenTelemetryBridge['tracerProvider'], api110.TracerProvider>,
  Fits<OpenTelemetryBridge['tracerProvider'], api19.TracerProvider>,
  Fits<OpenTelemetryBridge['contextManager'], api110.ContextManager>,
  Fits<OpenTelemetryBridge['contextManager'], api19.ContextManager>,
  Fits<OpenTelemetryBridge['propagator'], api110.TextMapPropagator>,
  Fits<OpenTelemetryBridge['propagator'], api19.TextMapPropagator>,
];

/** Contexts of one side go to the other. */
export type Contexts = [
  Fits<OpenTelemetryContext, api110.Context>,
  Fits<api110.Context, OpenTelemetryContext>,
  Fits<api19.Context, OpenTelemetryContext>,
];

test('is a file of types', () => {});

/**
 * The parts of `@opentelemetry/api` that the bridge uses and provides, by structure: core depends on no package of OpenTelemetry.
 * Tests compare them with the types of API 1.9 and 1.10.
 */
import type { TimeInput } from '../clock.ts';
import type { Link, Span } from '../span.ts';

/** An immutable set of values by key, among them the active span and the baggage. */
export interface OpenTelemetryContext {
  /** The value of a key; `undefined` if there is none. */
  getValue(key: symbol): unknown;
  /** A context that has this value too. */
  setValue(key: symbol, value: unknown): OpenTelemetryContext;
  /** A context without the key. */
  deleteValue(key: symbol): OpenTelemetryContext;
}

/** How a span starts, for {@link OpenTelemetryTracer}. Other options are ignored. */
export interface OpenTelemetrySpanOptions {
  /** 0 internal, 1 server, 2 client, 3 producer, 4 consumer. Default 0. */
  kind?: number;
  /** Attributes from the start: the sampler sees them. */
  attributes?: Readonly<Record<string, unknown>>;
  /** Links from the start: the sampler sees them. */
  links?: Link[];
  /** Default: now. */
  startTime?: TimeInput;
  /** Whether a new trace starts, whatever the context has. Default `false`. */
  root?: boolean;
}

/** Makes spans for one instrumentation. They are Waymark's. */
export interface OpenTelemetryTracer {
  /**
   * Starts a span without making it active. It must be ended.
   *
   * @param context Where its parent is. Default: the active context.
   */
  startSpan(name: string, options?: OpenTelemetrySpanOptions, context?: OpenTelemetryContext): Span;
  /** Starts a span, and calls `fn` in a context where it is active. It does not end the span. */
  startActiveSpan<F extends (span: Span) => unknown>(name: string, fn: F): ReturnType<F>;
  /** The same, with options. */
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    options: OpenTelemetrySpanOptions,
    fn: F,
  ): ReturnType<F>;
  /** The same, with the context where its parent is. */
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    options: OpenTelemetrySpanOptions,
    context: OpenTelemetryContext,
    fn: F,
  ): ReturnType<F>;
}

/** Has a tracer for each instrumentation. */
export interface OpenTelemetryTracerProvider {
  /**
   * The tracer of an instrumentation. Its spans have this scope.
   *
   * @param name The package of the instrumentation, such as `@opentelemetry/instrumentation-pg`.
   */
  getTracer(name: string, version?: string, options?: { schemaUrl?: string }): OpenTelemetryTracer;
  /** Sends what has ended. Never rejects. */
  forceFlush(): Promise<void>;
  /** The same. The tracer itself belongs to the application, which shuts it down. Never rejects. */
  shutdown(): Promise<void>;
}

/** Ends what `attach()` began. */
export interface OpenTelemetryToken {
  /** Makes the context before active again. Only the first call counts. */
  dispose(): void;
}

/** Knows the active context, and makes contexts active. */
export interface OpenTelemetryContextManager {
  /** The active context. */
  active(): OpenTelemetryContext;
  /** Calls `fn` in a context, with everything that it starts, and returns what it returns. */
  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: OpenTelemetryContext,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F>;
  /** A function that runs in the context; an event emitter whose listeners, those added from now on, do; other values as they are. */
  bind<T>(context: OpenTelemetryContext, target: T): T;
  /** Does nothing: the context is always on. */
  enable(): this;
  /** Does nothing: Waymark's own spans need the context. */
  disable(): this;
  /** Makes a context active for the rest of the code that runs, and what it starts. */
  attach(context: OpenTelemetryContext): OpenTelemetryToken;
}

/** Writes a field of a carrier. */
export interface OpenTelemetrySetter<Carrier> {
  /** Sets the field, in place of any of the same name. */
  set(carrier: Carrier, key: string, value: string): void;
}

/** Reads the fields of a carrier. */
export interface OpenTelemetryGetter<Carrier> {
  /** The names of all fields. */
  keys(carrier: Carrier): string[];
  /** The value of a field, or several. */
  get(carrier: Carrier, key: string): undefined | string | string[];
}

/** Writes contexts to carriers, and reads them, in the formats of the tracer's option `propagators`. */
export interface OpenTelemetryPropagator {
  /** Writes the span and the baggage of a context. Never throws. */
  inject<Carrier>(context: OpenTelemetryContext, carrier: Carrier, setter: OpenTelemetrySetter<Carrier>): void;
  /** The context with what the carrier has; the same context if it has nothing. Never throws. */
  extract<Carrier>(
    context: OpenTelemetryContext,
    carrier: Carrier,
    getter: OpenTelemetryGetter<Carrier>,
  ): OpenTelemetryContext;
  /** The names of the fields that `inject()` writes. */
  fields(): string[];
}

/** The package `@opentelemetry/api`, 1.0 or later: `import * as api from '@opentelemetry/api'`, or what `require()` returns. */
export interface OpenTelemetryApi {
  /** The context that has no values. The default export of the package lacks it. */
  readonly ROOT_CONTEXT?: OpenTelemetryContext;
  /** Where the tracer provider is registered. */
  readonly trace: {
    /** Whether it was registered. */
    setGlobalTracerProvider(provider: OpenTelemetryTracerProvider): boolean;
    /** The one that is registered, behind a proxy. */
    getTracerProvider(): object;
    /** Ends the registration. */
    disable(): void;
  };
  /** Where the context manager is registered. */
  readonly context: {
    /** The active context. */
    active(): OpenTelemetryContext;
    /** Calls `fn` in a context. */
    with<Result>(context: OpenTelemetryContext, fn: () => Result): Result;
    /** Whether it was registered. */
    setGlobalContextManager(contextManager: OpenTelemetryContextManager): boolean;
    /** Ends the registration. */
    disable(): void;
  };
  /** Where the propagator is registered. */
  readonly propagation: {
    /** Whether it was registered. */
    setGlobalPropagator(propagator: OpenTelemetryPropagator): boolean;
    /** Ends the registration. */
    disable(): void;
  };
}

// Tracing as a service sets it up, and the spans that it made.
import { createTracer, type Span, setDefaultTracer, type Tracer, type TracerOptions } from '@waymark/core';
import { instrumentOutbound } from '@waymark/core/outbound';
import { type InMemoryExporter, inMemoryExporter, type SpanData } from '@waymark/core/testing';

export interface Tracing {
  readonly tracer: Tracer;
  readonly exporter: InMemoryExporter;
  /** Runs `fn` in a span that makes the calls. */
  inCaller<Result>(fn: (caller: Span) => Promise<Result>): Promise<Result>;
  /** The client spans, once there are `count`. Throws if there are more by then. */
  calls(count: number): Promise<readonly SpanData[]>;
  stop(): void;
}

// Without this, a call outside any span would start a process tracer that sends to this machine.
setDefaultTracer(createTracer({ env: { OTEL_SDK_DISABLED: 'true' } }));

/** Reads nothing from the environment, and logs nothing. */
export function startTracing(options: TracerOptions = {}): Tracing {
  const exporter = inMemoryExporter();
  const tracer = createTracer({ serviceName: 'caller', exporter, env: {}, logLevel: 'none', ...options });
  const stop = instrumentOutbound();
  return {
    tracer,
    exporter,
    inCaller: (fn) => tracer.withSpan('caller', fn),
    async calls(count) {
      const isCall = ({ kind }: SpanData) => kind === 'client';
      for (let ended = count; exporter.spans.filter(isCall).length < count; ended++) await exporter.waitFor(ended);
      const calls = exporter.spans.filter(isCall);
      if (calls.length > count) throw new Error(`Expected ${count} calls, got ${calls.map(describeCall).join('; ')}.`);
      return calls;
    },
    stop,
  };
}

/** The outcome of a call, on one line. */
export function describeCall({ name, attributes, status, events }: SpanData): string {
  return [
    name,
    attributes['http.response.status_code'] ?? 'unanswered',
    status.code,
    ...(attributes['error.type'] === undefined ? [] : [`error.type ${attributes['error.type']}`]),
    ...(attributes['http.request.resend_count'] === undefined
      ? []
      : [`resend ${attributes['http.request.resend_count']}`]),
    ...events.map((event) => event.name),
  ].join(' ');
}

/** The code of the error that the caller gets. `fetch` has it in the cause. */
export function codeOf(error: unknown): unknown {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  return typeof code === 'string' ? code : cause?.code;
}

/** The parts of a `traceparent`. */
export function readTraceparent(header: unknown): { traceId?: string; spanId?: string; flags?: string } {
  const [, traceId, spanId, flags] = String(header).split('-');
  return { ...(traceId && { traceId }), ...(spanId && { spanId }), ...(flags && { flags }) };
}

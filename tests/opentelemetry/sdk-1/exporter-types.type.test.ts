// Compiled, not only run: `tsc -b` fails where our types and those of this SDK part.

import {
  BatchSpanProcessor,
  ConsoleSpanExporter,
  InMemorySpanExporter,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import { createTracer, type OpenTelemetryReadableSpan, type OpenTelemetrySpanExporter } from '@waymark/core';

/** Written for the SDK, and knows of nothing else. */
class OwnExporter implements SpanExporter {
  readonly names: string[] = [];

  export(spans: ReadableSpan[], resultCallback: Parameters<SpanExporter['export']>[1]): void {
    this.names.push(...spans.map(({ name }) => name));
    resultCallback({ code: 0 });
  }

  async shutdown(): Promise<void> {}
}

test("the SDK's exporters, and those written for it, are exporters of a tracer", async () => {
  const exporter: SpanExporter = new InMemorySpanExporter();
  const mine = new OwnExporter();
  const tracer = createTracer({
    exporter: [exporter, new ConsoleSpanExporter(), mine, 'otlp'],
    disabled: true,
    env: {},
  });
  const used = createTracer({ exporter: mine, flushOnExit: false, env: {} });
  used.startSpan('s').end();
  await Promise.all([used.flush(), tracer.shutdown()]);
  expect(mine.names).toEqual(['s']);
});

test('a span of ours is a span of the SDK, and an exporter in our types is one of the SDK', async () => {
  const views: ReadableSpan[] = [];
  const exporter: OpenTelemetrySpanExporter = {
    export(spans, resultCallback) {
      for (const span of spans) views.push(asTheirs(span));
      resultCallback({ code: 0 });
    },
    shutdown: async () => {},
  };
  const tracer = createTracer({ exporter, flushOnExit: false, env: {} });
  tracer.startSpan('s').end();
  await tracer.flush();
  expect(views.map(({ name, kind }) => [name, kind])).toEqual([['s', 0]]);
  await new BatchSpanProcessor(exporter).shutdown();
});

function asTheirs(span: OpenTelemetryReadableSpan): ReadableSpan {
  return span;
}

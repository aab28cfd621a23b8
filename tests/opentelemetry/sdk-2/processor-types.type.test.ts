// Compiled, not only run: `tsc -b` fails where our types and those of this SDK part.
import {
  BatchSpanProcessor,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type Span,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { createTracer, type OpenTelemetrySpanProcessor } from '@waymark/core';

/** Written for the SDK, and knows of nothing else. */
class OwnProcessor implements SpanProcessor {
  readonly names: string[] = [];

  onStart(span: Span, parentContext: Parameters<SpanProcessor['onStart']>[1]): void {
    span.setAttribute('at.start', parentContext.getValue(Symbol.for('none')) === undefined);
  }

  onEnd(span: ReadableSpan): void {
    this.names.push(span.name, ...Object.keys(span.attributes));
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}

test("the SDK's processors, and those written for it, are processors of a tracer", async () => {
  const own = new OwnProcessor();
  const processor: SpanProcessor = own;
  const processors: readonly OpenTelemetrySpanProcessor[] = [
    new BatchSpanProcessor(new InMemorySpanExporter()),
    new SimpleSpanProcessor(new InMemorySpanExporter()),
    own,
    processor,
  ];
  const tracer = createTracer({ spanProcessors: processors, exporter: 'none', flushOnExit: false, env: {} });
  tracer.startSpan('s').end();
  await tracer.shutdown();
  expect(own.names).toEqual(['s', 'at.start', 's', 'at.start']);
});

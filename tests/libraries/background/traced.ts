// A tracer whose spans a test reads, and the trees that they make.
import { getTracer, type Tracer, withSpan } from '@waymark/core';
import { type InMemoryExporter, inMemoryExporter, type SpanData } from '@waymark/core/testing';

/** The process's tracer: the calls of a test are below spans of it. */
export function startTracer(): { readonly tracer: Tracer; readonly exporter: InMemoryExporter } {
  const exporter = inMemoryExporter();
  return {
    tracer: getTracer({ serviceName: 'background', exporter, env: {}, flushOnExit: false, logLevel: 'none' }),
    exporter,
  };
}

/** Runs `fn` in a span, and returns the spans without that one, once there are `count`. */
export async function spansBelow(
  exporter: InMemoryExporter,
  count: number,
  fn: () => unknown,
): Promise<readonly SpanData[]> {
  exporter.reset();
  await withSpan('request', async () => {
    await fn();
  });
  const spans = await exporter.waitFor(count + 1);
  const root = spans.find(({ name }) => name === 'request');
  const others = spans.filter((span) => span !== root);
  for (const { parentSpanId } of others) expect(parentSpanId).toBe(root?.spanId);
  return others;
}

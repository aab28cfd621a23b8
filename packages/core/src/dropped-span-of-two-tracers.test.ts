// Spans of two tracers in one tree, of which one has hooks that drop spans.
import { contextWith, withContext } from './active-context.ts';
import { createTracer, type HookedSpan, type TracerOptions } from './index.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';

function dropNamed(span: HookedSpan): void {
  if (span.name.startsWith('drop')) span.drop();
}

function setUp(hooks: TracerOptions) {
  const exporter = inMemoryExporter();
  const options = { exporter, env: {}, logLevel: 'none', flushOnExit: false } as const;
  const hooked = createTracer({ ...options, ...hooks });
  const plain = createTracer(options);
  const tree = () =>
    Object.fromEntries(
      exporter.spans.map(({ name, parentSpanId }) => [
        name,
        exporter.spans.find(({ spanId }) => spanId === parentSpanId)?.name ?? (parentSpanId ? 'orphan' : 'root'),
      ]),
    );
  return { hooked, plain, tree, exporter };
}

describe('below a span that another tracer drops', () => {
  test('at its end, an ended span of a tracer without hooks keeps its parent', async () => {
    const { hooked, plain, tree } = setUp({ onEnding: dropNamed });
    hooked.withSpan('drop a', () => plain.withSpan('b', () => plain.withSpan('c', () => {})));
    await hooked.flush();
    expect(tree()).toEqual({ 'drop a': 'root', b: 'drop a', c: 'b' });
    expect(hooked.stats()).toMatchObject({ droppedByHook: 0, diagnostics: { 'drop-too-late': 1 } });
  });

  test('at its end, a running span of a tracer without hooks keeps its parent', async () => {
    const { hooked, plain, tree } = setUp({ onEnding: dropNamed });
    const b = hooked.withSpan('a', () => hooked.withSpan('drop b', () => plain.startSpan('c')));
    b.end();
    await hooked.flush();
    expect(tree()).toEqual({ a: 'root', 'drop b': 'a', c: 'drop b' });
  });

  test('at its start, a span of a tracer without hooks is below the nearest span that is kept, or a root', () => {
    const { hooked, plain, tree } = setUp({ onStart: dropNamed });
    hooked.withSpan('drop a', () => plain.withSpan('b', () => hooked.withSpan('c', () => {})));
    hooked.withSpan('d', () => hooked.withSpan('drop e', () => plain.withSpan('f', () => {})));
    expect(tree()).toEqual({ b: 'root', c: 'b', d: 'root', f: 'd' });
  });

  test('a header that a tracer without hooks writes keeps the span', async () => {
    const { hooked, plain, exporter } = setUp({ onEnding: dropNamed });
    const carrier: Record<string, string> = {};
    const span = hooked.startSpan('drop a');
    withContext(contextWith(span), () => plain.inject(carrier));
    span.end();
    await hooked.flush();
    expect(carrier.traceparent).toContain(exporter.spans[0]?.spanId ?? 'no span');
  });
});

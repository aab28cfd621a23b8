import { SpanKind as ApiSpanKind } from '@opentelemetry/api';
import { createTracer } from './create-tracer.ts';
import type { SpanKind } from './span-kind.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';

/** The kind that a span has when it is started with what was given. */
function kindOf(given: unknown): SpanKind | undefined {
  const exporter = inMemoryExporter();
  const tracer = createTracer({ exporter, env: {}, logLevel: 'none', flushOnExit: false });
  tracer.startSpan('s', { kind: given as SpanKind }).end(); // as from a caller without types
  return exporter.spans[0]?.kind;
}

test.each<SpanKind>(['internal', 'server', 'client', 'producer', 'consumer'])('may be given as %s', (kind) => {
  expect(kindOf(kind)).toBe(kind);
});

test.each<[keyof typeof ApiSpanKind, SpanKind]>([
  ['INTERNAL', 'internal'],
  ['SERVER', 'server'],
  ['CLIENT', 'client'],
  ['PRODUCER', 'producer'],
  ['CONSUMER', 'consumer'],
])("may be given as OpenTelemetry's SpanKind.%s", (name, kind) => {
  expect(kindOf(ApiSpanKind[name])).toBe(kind);
});

test.each([undefined, null, -1, 5, 1.5, Number.NaN, 'SERVER', '1', 1n, {}, [1], Symbol('server')])(
  'is internal where %p is given',
  (given) => {
    expect(kindOf(given)).toBe('internal');
  },
);

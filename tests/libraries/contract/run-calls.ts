// Runs a call of a library for several callers at once, and compares the trees of spans with those that there must be.
import type { Tracer } from '@waymark/core';
import type { InMemoryExporter, SpanData } from '@waymark/core/testing';
import type { Call } from './subject.ts';

/** The second is full: three of the callers wait until another one's call is over. */
export const pools = [
  { title: 'a connection for each caller', size: 4, callers: 4 },
  { title: 'a full pool', size: 1, callers: 4 },
] as const;

export interface Tracing {
  readonly tracer: Tracer;
  readonly exporter: InMemoryExporter;
  /** The library that the scope of its spans has. */
  readonly library: string;
  /** Whether the spans do not say where the server is. */
  readonly hidesServer?: boolean | undefined;
}

export interface Comparison {
  readonly expected: readonly string[];
  readonly actual: readonly string[];
}

/** The trees of all callers as lines, and each value that was recorded. */
export async function runCall<Client>(
  call: Call<Client>,
  client: Client,
  callers: number,
  { tracer, exporter, library, hidesServer = false }: Tracing,
): Promise<Comparison> {
  exporter.reset();
  const numbers = Array.from({ length: callers }, (_, at) => at);
  const canaryOf = (number: number) => `canary-${number}-of-the-caller`;
  const made = await Promise.allSettled(
    numbers.map((number) =>
      tracer.withSpan(`caller ${number}`, () =>
        call.make(client, canaryOf(number), () => tracer.withSpan('after', () => {})),
      ),
    ),
  );
  const expected = numbers.flatMap((number) => [`caller ${number}`, ...call.spans.map((line) => `  ${line}`)]);
  // A cursor is closed after its last row, and a job ends after its processor. A span too many comes by then, or soon after.
  await exporter.waitFor(expected.length, { timeoutMs: 2000 }).catch(() => {});
  await new Promise((resolve) => setImmediate(resolve));
  const { spans } = exporter;
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
  const belowOf = (parent: SpanData) =>
    spans.filter(({ parentSpanId }) => parentSpanId === parent.spanId).sort((a, b) => a.startMs - b.startMs);
  const draw = (span: SpanData, depth: number): readonly string[] => [
    '  '.repeat(depth) + drawSpan(span, library, hidesServer),
    ...belowOf(span).flatMap((child) => draw(child, depth + 1)),
  ];
  const trees = roots
    .map((root) => draw(root, 0))
    .sort(([a = ''], [b = '']) => a.localeCompare(b, 'en', { numeric: true }));
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const orphans = spans.filter(({ parentSpanId }) => parentSpanId !== undefined && !ids.has(parentSpanId));
  const exported = JSON.stringify(spans);
  return {
    expected,
    actual: [
      ...trees.flat(),
      ...orphans.map((span) => `without its parent: ${drawSpan(span, library, hidesServer)}`),
      ...numbers
        .filter((number) => exported.includes(canaryOf(number)))
        .map((number) => `recorded: ${canaryOf(number)}`),
      ...made.flatMap((one) => (one.status === 'rejected' ? [`failed: ${one.reason}`] : [])),
    ],
  };
}

/** The name, the number of rows, the error; and of a library's span what it must have and lacks. */
function drawSpan({ name, kind, status, attributes, scope }: SpanData, library: string, hidesServer: boolean): string {
  if (kind === 'internal') return status.code === 'error' ? `${name} ! ${status.message}` : name;
  const rows = attributes['db.response.returned_rows'];
  const system = attributes['messaging.system'] === undefined ? 'db.system.name' : 'messaging.system';
  const keys = [system, ...(hidesServer ? [] : ['server.address', 'server.port'])];
  const lacks = keys.filter((key) => attributes[key] === undefined);
  return [
    name,
    ...(rows === undefined ? [] : [`(${rows})`]),
    ...(status.code === 'error' ? [`! ${attributes['error.type']}`] : []),
    ...(kind === 'client' ? [] : [kind]),
    ...lacks.map((key) => `without ${key}`),
    ...(scope.name === `@waymark/core/libraries/${library}` ? [] : [`of the scope ${scope.name}`]),
  ].join(' ');
}

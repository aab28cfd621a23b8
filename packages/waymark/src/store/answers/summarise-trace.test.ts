import fc from 'fast-check';
import { factsOf, type SpanFacts } from '../span-facts.ts';
import { createRunningSummary } from './summarise-trace.ts';

const epochMs = 1_764_037_440_000;

const spans = fc.array(
  fc
    .record({
      service: fc.constantFrom('gateway', 'orders', 'users'),
      isRoot: fc.boolean(),
      startMs: fc.integer({ min: 0, max: 20 }),
      durationMs: fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined }),
      hasFailed: fc.boolean(),
    })
    .map(({ service, isRoot, startMs, durationMs, hasFailed }) =>
      factsOf({
        traceId: '1'.repeat(32),
        spanId: '1'.repeat(16),
        ...(!isRoot && { parentSpanId: '2'.repeat(16) }),
        name: `${startMs}`,
        kind: 'internal',
        startTimeUnixNano: `${epochMs + startMs}000001`,
        endTimeUnixNano: durationMs === undefined ? '0' : `${epochMs + startMs + durationMs}000001`,
        attributes: {},
        ...(hasFailed && { status: { code: 'error' as const } }),
        resource: { serviceName: service, attributes: {} },
      }),
    ),
  { minLength: 1, maxLength: 20 },
);

test('an updated summary equals the summary of all spans at once', () => {
  const check = fc.property(spans, (all) => {
    const running = createRunningSummary('1'.repeat(32));
    for (const span of all) running.add(span);
    const sorted = all.toSorted((one, other) => one.startMs - other.startMs);
    const [earliest] = sorted as [SpanFacts];
    const root = sorted.find(({ parentSpanId }) => parentSpanId === undefined);
    const { serviceName, name } = root ?? earliest;
    const names = [...new Set(sorted.map((span) => span.serviceName))];
    const failures = {
      count: () => 7,
      countOf: (service: string) => names.indexOf(service),
    };
    const { durationMs, ...rest } = running.read(failures);
    expect(rest).toEqual({
      traceId: '1'.repeat(32),
      serviceName,
      name,
      hasRoot: root !== undefined,
      startMs: earliest.startMs,
      spanCount: all.length,
      errorCount: 7,
      unfinishedCount: all.filter((span) => span.durationMs === undefined).length,
      services: names.map((service) => {
        const own = all.filter((span) => span.serviceName === service);
        return {
          name: service,
          spanCount: own.length,
          errorCount: names.indexOf(service),
        };
      }),
    });
    expect(durationMs).toBeCloseTo(
      Math.max(...all.map((span) => span.startMs + (span.durationMs ?? 0))) - earliest.startMs,
    );
    expect(running.longestSpanMs()).toBe(Math.max(...all.map((span) => span.durationMs ?? 0)));
  });
  fc.assert(check);
});

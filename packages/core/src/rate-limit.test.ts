import { createTracer } from './create-tracer.ts';
import { rateLimitedSampler } from './rate-limit.ts';
import { alwaysOffSampler, parentBasedSampler, type Sampler, traceIdRatioSampler } from './sampler.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';

let nowMs = 0;
const clock = { monotonicMs: () => nowMs };

beforeEach(() => {
  nowMs = 0;
});

function tracerWith(sampler: Sampler) {
  return createTracer({ sampler, exporter: inMemoryExporter(), env: {}, logLevel: 'none', flushOnExit: false });
}

/** How many of so many traces are recorded at once. */
function burst(tracer: ReturnType<typeof tracerWith>, count: number, parent: object | null = null): number {
  return Array.from({ length: count }, () => tracer.startSpan('work', { parent: parent as null })).filter((span) => {
    const wasRecorded = span.isRecording();
    span.end();
    return wasRecorded;
  }).length;
}

const caller = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', isRemote: true };

test('records as many traces as it may, and more as time passes', () => {
  const tracer = tracerWith(rateLimitedSampler({ tracesPerSecond: 10, clock }));
  expect(burst(tracer, 100)).toBe(10);
  expect(burst(tracer, 100)).toBe(0);
  nowMs += 99;
  expect(burst(tracer, 100)).toBe(0);
  nowMs += 1;
  expect(burst(tracer, 100)).toBe(1);
  nowMs += 60_000;
  expect(burst(tracer, 100)).toBe(10);
  expect(tracer.stats()).toMatchObject({ started: 21, notSampled: 479 });
});

test('records one trace in as many seconds as a fraction says', () => {
  const tracer = tracerWith(rateLimitedSampler({ tracesPerSecond: 0.5, clock }));
  expect(burst(tracer, 2)).toBe(1);
  nowMs += 1999;
  expect(burst(tracer, 2)).toBe(0);
  nowMs += 1;
  expect(burst(tracer, 2)).toBe(1);
});

test('holds callers with the sampled flag to the limit', () => {
  const tracer = tracerWith(rateLimitedSampler({ tracesPerSecond: 3, clock }));
  expect(burst(tracer, 10, { ...caller, traceFlags: 1 })).toBe(3);
  nowMs += 1000;
  expect(burst(tracer, 10, { ...caller, traceFlags: 0 })).toBe(0);
  expect(burst(tracer, 10, { ...caller, traceFlags: 1 })).toBe(3); // callers without the sampled flag used none
});

test('limits callers alone, as the sampler for their kind', () => {
  const remoteParentSampled = rateLimitedSampler({ tracesPerSecond: 1, clock });
  const tracer = tracerWith(parentBasedSampler({ root: traceIdRatioSampler(1), remoteParentSampled }));
  expect([burst(tracer, 5), burst(tracer, 5, { ...caller, traceFlags: 1 })]).toEqual([5, 1]);
});

test('takes one token for a trace, whatever is below', () => {
  const tracer = tracerWith(rateLimitedSampler({ tracesPerSecond: 1, clock, sampler: () => true }));
  const recorded: boolean[] = [];
  for (let trace = 0; trace < 2; trace++) {
    tracer.withSpan('request', { parent: null }, () => {
      tracer.withSpan('step', (span) => recorded.push(span.isRecording()));
      tracer.withSpan('step', (span) => recorded.push(span.isRecording()));
    });
  }
  expect(recorded).toEqual([true, true, false, false]);
});

test('asks the other sampler first, and takes no token for what that declines', () => {
  const answers = [false, false, true, true];
  const tracer = tracerWith(rateLimitedSampler({ tracesPerSecond: 1, clock, sampler: () => answers.shift() === true }));
  expect([1, 2, 3, 4].map(() => burst(tracer, 1))).toEqual([0, 0, 1, 0]);
});

test('records no threshold, since it keeps less than that says', () => {
  const sampler = rateLimitedSampler({ tracesPerSecond: 10, clock, sampler: traceIdRatioSampler(1) });
  const span = tracerWith(sampler).startSpan('work', { parent: null });
  expect([span.isRecording(), span.spanContext().traceState?.serialize()]).toEqual([true, undefined]);
  const remote = tracerWith(rateLimitedSampler({ tracesPerSecond: 10, clock }));
  const parent = { ...caller, traceFlags: 1, traceState: 'ot=th:8,acme=1' };
  expect(remote.startSpan('work', { parent }).spanContext().traceState?.serialize()).toBe('acme=1');
});

test('ignores a clock that goes back', () => {
  const tracer = tracerWith(rateLimitedSampler({ tracesPerSecond: 1, clock }));
  expect(burst(tracer, 2)).toBe(1);
  nowMs -= 10_000;
  expect(burst(tracer, 2)).toBe(0);
  nowMs += 1000;
  expect(burst(tracer, 2)).toBe(1);
});

test('describes itself and the other', () => {
  expect(rateLimitedSampler({ tracesPerSecond: 5, sampler: alwaysOffSampler() }).description).toBe(
    'RateLimited{5/s,AlwaysOffSampler}',
  );
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, '10', undefined])('refuses %p traces per second', (value) => {
  expect(() => rateLimitedSampler({ tracesPerSecond: value as number })).toThrow(
    expect.objectContaining({ code: 'WAYMARK_INVALID_SAMPLER' }),
  );
});

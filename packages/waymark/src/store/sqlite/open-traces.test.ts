import { createGrowingTrace } from '../growing-trace.ts';
import { createOpenTraces, type OpenTrace } from './open-traces.ts';

let nowMs = 0;

/** These tests need only the span count of a trace. */
function traceOf(id: string, spanCount: number): OpenTrace {
  const growing = { ...createGrowingTrace(id), spanCount: () => spanCount };
  return { traceId: id, tid: 1, growing, terms: new Set(), chunkCount: 1, summary: undefined, counted: undefined };
}

test('a large trace and small ones do not displace each other', () => {
  const open = createOpenTraces({ now: () => nowMs });
  const large = traceOf('large', 150_000);
  open.keep(large);
  for (let batch = 0; batch < 15; batch++) {
    for (let trace = 0; trace < 100; trace++) open.keep(traceOf(`small ${batch} ${trace}`, 100));
    expect(open.get('large')).toBe(large);
  }
  // The newest 100,000 spans of small traces.
  expect(open.get('small 4 99')).toBeUndefined();
  expect(open.get('small 5 0')).toBeDefined();
  expect(open.get('small 14 99')).toBeDefined();
});

test('several large traces stay open together, up to a million spans', () => {
  const open = createOpenTraces({ now: () => nowMs });
  for (let trace = 0; trace < 6; trace++) open.keep(traceOf(`large ${trace}`, 200_000));
  expect([0, 1, 2, 3, 4, 5].map((trace) => open.get(`large ${trace}`) !== undefined)).toEqual([
    false,
    true,
    true,
    true,
    true,
    true,
  ]);
});

test('a trace that becomes large is counted with the large ones', () => {
  const open = createOpenTraces({ now: () => nowMs });
  const trace = traceOf('grows', 4999);
  open.keep(trace);
  const more = traceOf('other', 5000);
  open.keep({ ...trace, growing: more.growing });
  for (let other = 0; other < 1000; other++) open.keep(traceOf(`small ${other}`, 100));
  expect(open.get('grows')?.growing.spanCount()).toBe(5000);
  expect(open.get('small 0')).toBeDefined();
});

test('a large trace that has not grown for ten minutes is closed when another one comes', () => {
  const open = createOpenTraces({ now: () => nowMs });
  open.keep(traceOf('idle', 6000));
  open.keep(traceOf('used', 6000));
  nowMs += 599_000;
  open.keep(open.get('used') as OpenTrace);
  expect(open.get('idle')).toBeDefined();
  nowMs += 2000;
  open.keep(open.get('used') as OpenTrace);
  expect(open.get('idle')).toBeUndefined();
  expect(open.get('used')).toBeDefined();
});

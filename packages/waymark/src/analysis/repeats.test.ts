import { sketchTrace } from '../../test/sketch-trace.ts';
import { adviseOnRepeat } from './advise-on-repeat.ts';
import { analyseTrace } from './analyse-trace.ts';
import { toOutline } from './to-outline.ts';

function repeatsOf(drawing: string) {
  const outline = toOutline(sketchTrace(drawing));
  const { repeats } = analyseTrace(outline);
  return repeats.map((repeat) => ({
    ...repeat,
    signature: outline.signatures[repeat.signature],
    spans: repeat.spans.length,
    advice: adviseOnRepeat(repeat),
  }));
}

function calls(count: number, { stepMs = 10, kind = 'client', lengthMs = 10 } = {}): string {
  const lines = Array.from({ length: count }, (_, index) => {
    const startMs = index * stepMs;
    return `  a ${kind} query ${startMs}-${startMs + lengthMs} SELECT * FROM users WHERE id = ${index}`;
  });
  return ['a server root 0-1000', ...lines].join('\n');
}

describe('equal siblings', () => {
  test('are a repeat from five on', () => {
    expect(repeatsOf(calls(4))).toEqual([]);
    expect(repeatsOf(calls(5))).toEqual([
      {
        parent: 0,
        signature: 'a client query: SELECT * FROM users WHERE id = ?',
        spans: 5,
        totalMs: 50,
        coveredMs: 50,
        isParallel: false,
        isNPlusOne: true,
        callCount: 5,
        shorterByMs: 40,
        advice:
          '5 calls one after the other take 50 ms. With one call for all the trace would be shorter by about 40 ms.',
      },
    ]);
  });

  test('in parallel are an N+1 too, reported as parallel', () => {
    expect(repeatsOf(calls(8, { stepMs: 1 }))).toMatchObject([
      {
        totalMs: 80,
        coveredMs: 17,
        isParallel: true,
        isNPlusOne: true,
        // One call, which takes an eighth of the total, could start with the first call. The last call started 7 ms
        // later.
        shorterByMs: 7,
        advice:
          '8 calls in parallel take 17 ms, and 80 ms in total. With one call for all the trace would be shorter by about 7.0 ms.',
      },
    ]);
  });

  test('that overlap slightly still count as one after the other', () => {
    expect(repeatsOf(calls(10, { stepMs: 9 }))).toMatchObject([{ isParallel: false, isNPlusOne: true }]);
  });

  test('that are not calls, and contain none, are not an N+1', () => {
    const steps = Array.from({ length: 6 }, (_, index) => `  a internal step ${index * 10}-${index * 10 + 9}`);
    expect(repeatsOf(['a server root 0-60', ...steps].join('\n'))).toMatchObject([{ spans: 6, isNPlusOne: false }]);
  });

  test('with a query are calls, whatever their kind: SQLite has no server', () => {
    expect(repeatsOf(calls(6, { kind: 'internal' }))).toMatchObject([{ spans: 6, isNPlusOne: true }]);
  });

  test('that each contain a call are an N+1', () => {
    const steps = Array.from({ length: 5 }, (_, index) => [
      `  a internal load ${index * 10}-${index * 10 + 9}`,
      `    a client GET ${index * 10 + 1}-${index * 10 + 8}`,
    ]).flat();
    expect(repeatsOf(['a server root 0-100', ...steps].join('\n'))).toMatchObject([
      { signature: 'a internal load', isNPlusOne: true, shorterByMs: 28 },
    ]);
  });

  test('with the same missing parent are a repeat too', () => {
    const orphans = Array.from({ length: 5 }, (_, index) => `a client q ${index}-${index + 1} ^ff`).join('\n');
    expect(repeatsOf(orphans)).toMatchObject([{ parent: -1, spans: 5, isNPlusOne: true }]);
  });

  test('are ordered by the time that they cover', () => {
    const fast = Array.from({ length: 5 }, (_, index) => `  a client fast ${index}-${index + 1}`);
    const slow = Array.from({ length: 5 }, (_, index) => `  a client slow ${10 + index * 10}-${20 + index * 10}`);
    const signatures = repeatsOf(['a server root 0-100', ...fast, ...slow].join('\n')).map(
      ({ signature }) => signature,
    );
    expect(signatures).toEqual(['a client slow', 'a client fast']);
  });

  test('are an N+1 from 2 ms and a hundredth of the trace on, unless the caller passes less', () => {
    const trace = (callMs: number, traceMs: number) =>
      [
        `a server root 0-${traceMs}`,
        ...Array.from({ length: 5 }, (_, index) => `  a client q ${index}-${index + callMs} SELECT ${index} FROM t`),
      ].join('\n');
    const isFound = (callMs: number, traceMs: number, significance?: { leastMs: number; leastShare: number }) =>
      analyseTrace(toOutline(sketchTrace(trace(callMs, traceMs))), significance).repeats[0]?.isNPlusOne;
    expect([isFound(0.4, 10), isFound(0.39, 10)]).toEqual([true, false]);
    expect([isFound(0.5, 250), isFound(0.5, 251)]).toEqual([true, false]);
    expect(isFound(0.05, 10_000)).toBe(false);
    expect(isFound(0.05, 10_000, { leastMs: 0, leastShare: 0 })).toBe(true);
  });
});

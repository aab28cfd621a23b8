/**
 * Checks the estimated saving of one call on random programs: each program is run again with one call in place of a
 * loop.
 */
import { analyseTrace, toOutline } from 'waymark/analysis';
import { handling, http, publish, query, request, step, times } from './calls.ts';
import { createRandom, type Random } from './random.ts';
import { type Operation, runProgram, type Step } from './run-program.ts';

const programCount = 600;

/** Siblings that overlap by less may have followed one another: the spans alone do not show it. */
const overlapMs = 1;

/** Makes steps of any kind, up to four levels deep, with loops of equal calls in them. */
function anyBody(random: Random, depth: number, nextLoop: () => string): Step[] {
  return times(random.int(1, 5), (): Step | Step[] => {
    const choice = depth === 0 ? random.int(0, 3) : random.int(0, 9);
    const ms = random.int(1, 4_000_000) / 1e5;
    if (choice === 0) return ms / 4;
    if (choice === 1) return query('a', 'new', 'postgresql', 'SELECT 2 FROM other', ms);
    if (choice <= 3) return anyLoop(random, nextLoop());
    const below = () => step('a', random.pick(['x', 'y', 'z']), anyBody(random, depth - 1, nextLoop));
    if (choice <= 5) return below();
    if (choice === 6) return { all: times(random.int(2, 4), below), width: random.int(2, 4) };
    if (choice === 7)
      return http('a', 'new', 'GET', 'http://b/b', [
        ms / 9,
        request('b', 'GET /b', anyBody(random, depth - 1, nextLoop)),
        ms / 9,
      ]);
    if (choice === 8) return { start: below(), afterMs: ms / 9 };
    const consumer = handling('c', 'new', 'kafka', 't', anyBody(random, depth - 1, nextLoop));
    return { ...publish('a', 'new', 'kafka', 't', 1), body: [1, { start: consumer, afterMs: ms }] };
  }).flat();
}

function anyLoop(random: Random, loop: string): Step | Step[] {
  const call = () =>
    query('a', 'new', 'postgresql', `SELECT * FROM ${loop} WHERE id = $1`, random.int(1, 900_000) / 1e5, { loop });
  const calls = times(random.int(5, 9), call);
  const inSteps = calls.map((each) =>
    step('a', `step ${loop}`, [random.int(0, 200_000) / 1e5, each, random.int(0, 200_000) / 1e5]),
  );
  const operations = random.next() < 0.5 ? calls : inSteps;
  return random.next() < 0.5
    ? operations
    : { all: operations, width: random.int(2, 9), queueIsInSpan: random.next() < 0.5 };
}

test('no estimate is too high, and few are much too low', () => {
  let claimed = 0;
  let spared = 0;
  let claimCount = 0;
  for (let seed = 0; seed < programCount; seed++) {
    const random = createRandom(seed);
    let loopCount = 0;
    const roots: Operation[] = [
      request(
        'a',
        'GET /',
        anyBody(random, 3, () => `loop_${loopCount++}`),
      ),
    ];
    const run = runProgram(roots);
    const outline = toOutline(run.spans);
    const { repeats, criticalPath, durationMs } = analyseTrace(outline, { leastMs: 0, leastShare: 0 });
    expect(criticalPath.at(-1)?.endMs ?? 0).toBeCloseTo(run.durationMs, 6);
    expect(durationMs).toBeCloseTo(run.durationMs, 6);
    for (const repeat of repeats) {
      const loop = /loop_\d+/.exec(outline.signatures[repeat.signature] ?? '')?.[0];
      if (loop === undefined) continue;
      expect(repeat.isNPlusOne).toBe(true);
      const calls = run.loops.get(loop) ?? [];
      const callMs = calls.reduce((sum, call) => sum + call.durationMs, 0) / calls.length;
      const sparedMs = run.durationMs - runProgram(roots, { replaced: { loop, callMs } }).durationMs;
      if (repeat.shorterByMs > Math.max(sparedMs, 0) * 1.01 + overlapMs) {
        throw new Error(`Program ${seed}, ${loop}: ${repeat.shorterByMs} ms claimed, ${sparedMs} ms spared`);
      }
      claimed += repeat.shorterByMs;
      spared += Math.max(sparedMs, 0);
      if (repeat.shorterByMs > 0) claimCount++;
    }
  }
  expect(claimCount).toBeGreaterThan(programCount);
  expect(claimed / spared).toBeGreaterThan(0.8);
});

import { layOutFlame } from '../src/trace/flame-layout.ts';
import type { TraceModel } from '../src/trace/trace-model.ts';
import { modelOf, spanNamed } from './model-of.ts';

function levelsOf(model: TraceModel): Record<string, number> {
  const { levels } = layOutFlame(model, model.startMs, -1);
  return Object.fromEntries(model.names.map((name) => [name, levels[spanNamed(model, name)] as number]));
}

test('sequential children share one lane, a level below their parent', () => {
  expect(
    levelsOf(modelOf('a server root 0-100\n  a internal one 0-40\n    a internal in 1-2\n  a internal two 40-90')),
  ).toEqual({
    root: 0,
    one: 1,
    in: 2,
    two: 1,
  });
});

test('concurrent siblings get separate lanes, with their descendants', () => {
  const model = modelOf(`
    a server root 0-100
      a internal one 0-60
        a internal deep 5-50
          a internal deeper 6-40
      a internal beside 10-70
        a internal in 20-30
      a internal after 80-90
  `);
  expect(levelsOf(model)).toEqual({ root: 0, one: 1, deep: 2, deeper: 3, beside: 4, in: 5, after: 1 });
});

test('a span that outlives its parent keeps its lane', () => {
  const model = modelOf(`
    a server root 0-100
      a internal short 0-10
        a internal lasting 5-60
      a internal next 20-30
  `);
  expect(levelsOf(model)).toEqual({ root: 0, short: 1, lasting: 2, next: 3 });
});

test('two boxes of a level never overlap, in any trace', () => {
  // A linear congruential generator, for the same traces each time.
  let state = 42;
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  for (let round = 0; round < 40; round++) {
    let depth = 0;
    const lines = Array.from({ length: 40 }, (_, index) => {
      depth = index === 0 ? 0 : Math.max(1, Math.min(depth + 1, Math.ceil(random() * 6)));
      const startMs = Math.floor(random() * 100);
      return `${'  '.repeat(depth)}a internal span${index} ${startMs}-${startMs + 1 + Math.floor(random() * 60)}`;
    });
    const model = modelOf(lines.join('\n'));
    const { levels, levelCount } = layOutFlame(model, model.startMs, -1);
    for (let one = 0; one < model.spanCount; one++) {
      expect(levels[one]).toBeLessThan(levelCount);
      for (let other = one + 1; other < model.spanCount; other++) {
        if (levels[one] !== levels[other]) continue;
        const [startOne, startOther] = [model.startMs[one] as number, model.startMs[other] as number];
        const areApart =
          startOne + (model.durationMs[one] as number) <= startOther ||
          startOther + (model.durationMs[other] as number) <= startOne;
        expect(areApart).toBe(true);
      }
    }
  }
});

test('ten thousand concurrent siblings get ten thousand lanes', () => {
  const lines = Array.from({ length: 10_000 }, (_, index) => `  a internal job${index} 1-50`);
  const model = modelOf(['a server root 0-100', ...lines].join('\n'));
  expect(layOutFlame(model, model.startMs, -1).levelCount).toBe(10_001);
});

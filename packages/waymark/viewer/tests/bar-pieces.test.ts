import { criticalPieces, selfPieces } from '../src/trace/bar-pieces.ts';
import { modelOf, spanNamed } from './model-of.ts';

const model = modelOf(`
  a server root 0-100
    a internal one 10-30
    a internal overlapping 20-40
    a internal late 60-120
`);

describe('own work', () => {
  test('is where no child ran, within the span', () => {
    expect(selfPieces(model, model.startMs, spanNamed(model, 'root'), 0.01)).toEqual([0, 10, 40, 60]);
    expect(selfPieces(model, model.startMs, spanNamed(model, 'one'), 0.01)).toEqual([10, 30]);
  });

  test('leaves out pauses that cannot be seen', () => {
    expect(selfPieces(model, model.startMs, spanNamed(model, 'root'), 15)).toEqual([40, 60]);
  });

  test('moves with the clocks', () => {
    const startMs = model.startMs.slice();
    startMs[spanNamed(model, 'one')] = 2;
    expect(selfPieces(model, startMs, spanNamed(model, 'root'), 0.01)).toEqual([0, 2, 40, 60]);
  });
});

const whole = { startMs: 0, endMs: 120 };

test('a folded row has the critical path of all that it hides', () => {
  const rootRow = model.tree.rowOfSpan[spanNamed(model, 'root')] as number;
  const open = criticalPieces(model, model.startMs, rootRow, false, whole, 0.1);
  const folded = criticalPieces(model, model.startMs, rootRow, true, whole, 0.1);
  expect(totalOf(open)).toBeLessThan(totalOf(folded));
  expect(totalOf(folded)).toBeCloseTo(model.criticalMs.reduce((sum, ms) => sum + ms, 0));
});

test('pieces that cannot be seen are left out', () => {
  const rootRow = model.tree.rowOfSpan[spanNamed(model, 'root')] as number;
  expect(criticalPieces(model, model.startMs, rootRow, false, { startMs: 0, endMs: 100_000 }, 300)).toEqual([]);
});

function totalOf(pieces: readonly number[]): number {
  return pieces.reduce((sum, ms, index) => sum + (index % 2 === 0 ? -ms : ms), 0);
}

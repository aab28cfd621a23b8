import { criticalPieces, selfPieces } from '../src/trace/bar-pieces.ts';
import { modelOf, spanNamed } from './model-of.ts';

const model = modelOf(`
  a server root 0-100
    a internal one 10-30
    a internal overlapping 20-40
    a internal late 60-120
`);

describe('self time', () => {
  test('is the time of the span in which no child ran', () => {
    expect(selfPieces(model, model.startMs, spanNamed(model, 'root'), 0.01)).toEqual([0, 10, 40, 60]);
    expect(selfPieces(model, model.startMs, spanNamed(model, 'one'), 0.01)).toEqual([10, 30]);
  });

  test('leaves out invisible pauses', () => {
    expect(selfPieces(model, model.startMs, spanNamed(model, 'root'), 15)).toEqual([40, 60]);
  });

  test('moves with corrected clocks', () => {
    const startMs = model.startMs.slice();
    startMs[spanNamed(model, 'one')] = 2;
    expect(selfPieces(model, startMs, spanNamed(model, 'root'), 0.01)).toEqual([0, 2, 40, 60]);
  });
});

const whole = { startMs: 0, endMs: 120 };

test('a folded row shows the critical path of its hidden rows', () => {
  const rootRow = model.tree.rowOfSpan[spanNamed(model, 'root')] as number;
  const open = criticalPieces(model, model.startMs, rootRow, false, whole, 0.1);
  const folded = criticalPieces(model, model.startMs, rootRow, true, whole, 0.1);
  expect(totalOf(open)).toBeLessThan(totalOf(folded));
  expect(totalOf(folded)).toBeCloseTo(model.criticalMs.reduce((sum, ms) => sum + ms, 0));
});

test('invisible pieces are left out', () => {
  const rootRow = model.tree.rowOfSpan[spanNamed(model, 'root')] as number;
  expect(criticalPieces(model, model.startMs, rootRow, false, { startMs: 0, endMs: 100_000 }, 300)).toEqual([]);
});

function totalOf(pieces: readonly number[]): number {
  return pieces.reduce((sum, ms, index) => sum + (index % 2 === 0 ? -ms : ms), 0);
}

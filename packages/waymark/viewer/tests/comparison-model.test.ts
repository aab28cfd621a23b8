import { analyseTrace } from '../../src/analysis/analyse-trace.ts';
import { toOutline } from '../../src/analysis/to-outline.ts';
import { sketchTrace } from '../../test/sketch-trace.ts';
import { listAttributeDifferences } from '../src/compare/attribute-differences.ts';
import {
  buildComparison,
  type ComparisonModel,
  listDifferingRows,
  listOperationDifferences,
} from '../src/compare/comparison-model.ts';
import { buildTraceModel } from '../src/trace/trace-model.ts';

function compare(drawingA: string, drawingB: string): ComparisonModel {
  const [a, b] = [drawingA, drawingB].map((drawing) => toOutline(sketchTrace(drawing)));
  if (a === undefined || b === undefined) throw new Error('two drawings make two outlines');
  return buildComparison(a, buildTraceModel(a, analyseTrace(a)), b, buildTraceModel(b, analyseTrace(b)));
}

const model = compare(
  `
    a server root 0-100
      a internal same 10-20
      a internal slower 20-30
        b server inner 21-29
      a internal gone 40-50
  `,
  `
    a server root 0-200
      a internal same 10-20
      a internal slower 20-130
        b server inner 21-129
      a client query 140-150
  `,
);

test('only differing rows and their ancestors are listed', () => {
  const names = Array.from(listDifferingRows(model), (row) => {
    const b = model.spansB[row] as number;
    const [side, span] = b >= 0 ? [model.b, b] : [model.a, model.spansA[row] as number];
    return ' '.repeat(model.depths[row] as number) + side.names[side.nameOf[span] as number];
  });
  expect(names).toEqual(['root', ' slower', '  inner', ' query', ' gone']);
});

test('operations are sorted by the difference of self time', () => {
  const [first, ...others] = listOperationDifferences(model);
  expect(first).toEqual({
    service: 'b',
    name: 'inner',
    countA: 1,
    countB: 1,
    selfMsA: 8,
    selfMsB: expect.closeTo(108),
  });
  expect(others.find(({ name }) => name === 'query')).toMatchObject({ countA: 0, countB: 1, selfMsA: 0 });
  expect(others.find(({ name }) => name === 'gone')).toMatchObject({ countA: 1, countB: 0, selfMsB: 0 });
});

test('equal attributes are left out', () => {
  expect(
    listAttributeDifferences({ same: 1, changed: 'x', gone: true }, { same: 1, changed: 'y', came: [1, 2] }),
  ).toEqual([
    { key: 'came', a: undefined, b: '[1,2]' },
    { key: 'changed', a: 'x', b: 'y' },
    { key: 'gone', a: 'true', b: undefined },
  ]);
});

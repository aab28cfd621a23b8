import { modelOf, printRows, spanNamed } from './model-of.ts';

test('equal siblings are children of a group row, in the place of the first of them', () => {
  const model = modelOf(`
    a server root 0-100
      a internal before 0-1
      a client query 10-11
      a client query 12-13
      a internal between 14-15
      a client query 16-17
      a client query 18-19
        b server inner 18-18.5
      a client query 20-21
      a internal after 30-31
  `);
  expect(printRows(model)).toEqual([
    'root',
    ' before',
    ' ×5',
    '  query',
    '  query',
    '  query',
    '  query',
    '   inner',
    '  query',
    ' between',
    ' after',
  ]);
  expect([...model.tree.ends]).toEqual([11, 2, 9, 4, 5, 6, 8, 8, 9, 10, 11]);
  expect([...model.tree.parents]).toEqual([-1, 0, 0, 2, 2, 2, 2, 6, 2, 0, 0]);
  expect(model.tree.rowOfSpan[spanNamed(model, 'inner')]).toBe(7);
});

test('four equal siblings are not grouped', () => {
  const four = Array.from({ length: 4 }, (_, index) => `      a client query ${index}-${index + 0.5}`).join('\n');
  expect(printRows(modelOf(`    a server root 0-100\n${four}`))).toEqual([
    'root',
    ' query',
    ' query',
    ' query',
    ' query',
  ]);
});

test('orphans are children of a row for their missing parent', () => {
  const model = modelOf(`
    a server root 0-100
    b server one 10-20 ^ff
      b internal below 11-12
    c server other 25-40 ^fe
    b server two 30-40 ^ff
  `);
  expect(printRows(model)).toEqual(['root', '?', ' one', '  below', ' two', '?', ' other']);
});

test('equal orphans are grouped below their missing parent', () => {
  const five = Array.from({ length: 5 }, (_, index) => `b client job ${index}-${index + 0.5} ^ff`).join('\n');
  expect(printRows(modelOf(`${five}\nb server alone 7-8 ^ff`))).toEqual([
    '?',
    ' ×5',
    '  job',
    '  job',
    '  job',
    '  job',
    '  job',
    ' alone',
  ]);
});

test('a trace that is one long chain does not overflow the stack', () => {
  const depth = 3000;
  const drawing = Array.from(
    { length: depth },
    (_, level) => `${'  '.repeat(level)}a internal level${level} ${level}-${2 * depth - level}`,
  );
  const { tree } = modelOf(drawing.join('\n'));
  expect(tree.depths[depth - 1]).toBe(depth - 1);
  expect(tree.ends.every((end) => end === depth)).toBe(true);
});

test('a failed span marks all its ancestors', () => {
  const model = modelOf(`
    a server root 0-100
      a internal fine 0-10
      a internal above 20-50
        a internal failed 30-40 !
  `);
  expect([...model.hasErrorBelow]).toEqual([1, 0, 1, 1]);
});

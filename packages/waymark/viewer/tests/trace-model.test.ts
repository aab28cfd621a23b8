import { layOutFlame } from '../src/trace/flame-layout.ts';
import { findSpan, isFailed, noteOf, spanIdOf, transferables } from '../src/trace/trace-model.ts';
import { foldAtFirst, listVisibleRows } from '../src/trace/visible-rows.ts';
import { listCriticalRows, listErrorRows, listSelfTimeRows, stepThrough } from '../src/trace/walk-rows.ts';
import { modelOf, printRows, spanNamed } from './model-of.ts';

const model = modelOf(`
  a server root 0-100 #0a
    a client query 10-20 #0b SELECT 1
    a internal slow 30-90 #0c
      b server failed 40-80 #0d !
`);

test('finds ids and notes in the joined strings', () => {
  const query = spanNamed(model, 'query');
  expect(spanIdOf(model, query)).toBe('000000000000000b');
  expect(findSpan(model, '000000000000000b')).toBe(query);
  expect(noteOf(model, query)).toBe('SELECT 1');
  expect(noteOf(model, spanNamed(model, 'slow'))).toBe('');
});

test.each(['000000000000000f', '0b', '', '0000000b00000000'])('finds no span %p', (spanId) => {
  expect(findSpan(model, spanId)).toBe(-1);
});

test('transfers each column once', () => {
  const buffers = transferables(model);
  expect(new Set(buffers).size).toBe(buffers.length);
  const copy = structuredClone(modelOf('a server root 0-1'), { transfer: [] });
  expect(transferables(copy).length).toBe(buffers.length);
});

test('lists errors, the critical path and the longest self times', () => {
  const titles = (rows: ArrayLike<number>) => printRows(model, rows).map((title) => title.trim());
  expect(titles(listErrorRows(model))).toEqual(['failed']);
  expect(titles(listSelfTimeRows(model))[0]).toBe('failed');
  expect(titles(listCriticalRows(model))[0]).toBe('failed');
  expect(isFailed(model, spanNamed(model, 'failed'))).toBe(true);
});

test('steps wrap around in both directions, from any row', () => {
  const rows = [3, 7, 9];
  expect([-1, 3, 4, 9].map((row) => stepThrough(rows, row, 1))).toEqual([3, 7, 7, 3]);
  expect([-1, 3, 4, 9].map((row) => stepThrough(rows, row, -1))).toEqual([9, 9, 3, 7]);
  expect(stepThrough([], 3, 1)).toBeUndefined();
});

test('handles 100,000 siblings, and a depth of 2,000', () => {
  const wide = modelOf(
    [
      'a server root 0-1000',
      ...Array.from({ length: 100_000 }, (_, index) => `  a client query ${index / 100}-${index / 100 + 0.005}`),
    ].join('\n'),
  );
  expect(printRows(wide, listVisibleRows(wide.tree, { folded: foldAtFirst(wide.tree), rootRow: -1 }))).toEqual([
    'root',
    ' ×100000',
  ]);
  expect(layOutFlame(wide, wide.startMs, -1).levelCount).toBe(2);
  const depth = 2000;
  const deep = modelOf(
    Array.from(
      { length: depth },
      (_, level) => `${'  '.repeat(level)}a internal step ${level}-${2 * depth - level}`,
    ).join('\n'),
  );
  expect(layOutFlame(deep, deep.startMs, -1).levelCount).toBe(depth);
});

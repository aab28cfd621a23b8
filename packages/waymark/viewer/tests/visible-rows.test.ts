import {
  foldAtFirst,
  foldFromDepth,
  keepMatches,
  listVisibleRows,
  positionOf,
  reveal,
} from '../src/trace/visible-rows.ts';
import { modelOf, printRows, spanNamed } from './model-of.ts';

const model = modelOf(`
  a server root 0-100
    a internal first 0-40
      a client query 1-2
      a client query 3-4
      a client query 5-6
      a client query 7-8
      a client query 9-10
    a internal second 50-90
      b server inner 51-60
`);
const { tree } = model;
const nothingFolded = new Uint8Array(tree.nodes.length);
const rowOf = (name: string) => tree.rowOfSpan[spanNamed(model, name)] as number;

test('equal siblings are folded at first', () => {
  const rows = listVisibleRows(tree, { folded: foldAtFirst(tree), rootRow: -1 });
  expect(printRows(model, rows)).toEqual(['root', ' first', '  ×5', ' second', '  inner']);
});

test('a folded row hides its descendants', () => {
  const folded = nothingFolded.slice();
  folded[rowOf('first')] = 1;
  expect(printRows(model, listVisibleRows(tree, { folded, rootRow: -1 }))).toEqual([
    'root',
    ' first',
    ' second',
    '  inner',
  ]);
});

test('a chosen root shows only its subtree', () => {
  const rows = listVisibleRows(tree, { folded: nothingFolded, rootRow: rowOf('second') });
  expect(printRows(model, rows)).toEqual([' second', '  inner']);
});

test('matches are kept with their ancestors', () => {
  const isMatch = new Uint8Array(model.spanCount);
  isMatch[spanNamed(model, 'inner')] = 1;
  const rows = listVisibleRows(tree, { folded: nothingFolded, kept: keepMatches(tree, isMatch), rootRow: -1 });
  expect(printRows(model, rows)).toEqual(['root', ' second', '  inner']);
});

test('revealing a row unfolds only its ancestors', () => {
  const folded = new Uint8Array(tree.nodes.length).fill(1);
  const unfolded = reveal(tree, folded, rowOf('inner'));
  expect(printRows(model, listVisibleRows(tree, { folded: unfolded, rootRow: -1 }))).toEqual([
    'root',
    ' first',
    ' second',
    '  inner',
  ]);
  expect(reveal(tree, unfolded, rowOf('inner'))).toBe(unfolded);
});

test('folding from a depth on keeps the rows of that depth', () => {
  const rows = listVisibleRows(tree, { folded: foldFromDepth(tree, 1), rootRow: -1 });
  expect(printRows(model, rows)).toEqual(['root', ' first', ' second']);
});

test('finds the position of a visible row', () => {
  const rows = Int32Array.of(0, 3, 4, 9);
  expect([0, 3, 4, 9, 1, 10].map((row) => positionOf(rows, row))).toEqual([0, 1, 2, 3, -1, -1]);
});

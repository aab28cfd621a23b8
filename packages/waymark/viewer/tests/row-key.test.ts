import { findRow, rowKeyOf } from '../src/trace/row-key.ts';
import { modelOf, spanNamed } from './model-of.ts';

test('every row has a unique key, which finds the row again', () => {
  const five = Array.from({ length: 5 }, (_, index) => `  a client query ${index + 1}-${index + 1.5}`).join('\n');
  const model = modelOf(
    `a server root 0-100\n${five}\n  a internal twice 20-30 #aa\n  a internal again 40-50 #aa\nb server lost 60-70 #ab ^ff`,
  );
  const keys = Array.from(model.tree.nodes, (_, row) => rowKeyOf(model, row));
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.map((key) => findRow(model, key))).toEqual(keys.map((_, row) => row));
  expect(keys).toContain('00000000000000aa.2');
  expect(keys).toContain('m-00000000000000ff');
});

test.each(['', 'nonsense', '00000000000000ee', 'm-1', 'r-00000000000000ee'])('the key %p finds no row', (key) => {
  expect(findRow(modelOf('a server root 0-1'), key)).toBe(-1);
});

test('a key finds the same span after more spans have arrived', () => {
  const before = modelOf('a server root 0-100 #01\n  a internal known 50-60 #02');
  const after = modelOf('a server root 0-100 #01\n  a internal new 10-20 #03\n  a internal known 50-60 #02');
  const key = rowKeyOf(before, before.tree.rowOfSpan[spanNamed(before, 'known')] as number);
  expect(findRow(after, key)).toBe(after.tree.rowOfSpan[spanNamed(after, 'known')]);
});

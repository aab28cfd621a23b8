import { toText } from './to-text.ts';

test.each([
  ['', ''],
  ['text', 'text'],
  [undefined, 'undefined'],
  [null, 'null'],
  [-0.5, '-0.5'],
  [5n, '5'],
  [Symbol('s'), 'Symbol(s)'],
  [['a', 1], 'a,1'],
  [{}, '[object Object]'],
  [{ toString: () => 'mine' }, 'mine'],
])('makes of %p the text %j', (value, text) => {
  expect(toText(value)).toBe(text);
});

test.each([
  ['without prototype', Object.create(null)],
  [
    'whose toString throws',
    {
      toString() {
        throw new Error('toString');
      },
    },
  ],
  ['whose toString returns no string', { toString: () => ({}) }],
])('bears with an object %s', (_, value) => {
  expect(toText(value)).toBe('(a value without a text)');
});

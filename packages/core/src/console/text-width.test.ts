import { cutToWidth, textWidth } from './text-width.ts';

test.each([
  ['orders', 6],
  ['注文', 4],
  ['🚀 go', 5],
  ['e\u0301', 1],
  ['', 0],
])('%j takes %i columns', (text, width) => {
  expect(textWidth(text)).toBe(width);
});

test.each([
  ['orders', 6, 'orders'],
  ['orders', 5, 'orde…'],
  ['注文を作る', 5, '注文…'],
  ['注文を作る', 6, '注文…'],
  ['注文', 0, ''],
  ['e\u0301tude', 4, 'e\u0301tu…'],
])('%j in %i columns is %j', (text, width, cut) => {
  expect(cutToWidth(text, width)).toBe(cut);
});

test('measures only the beginning of a long string', () => {
  const long = `${'é'.repeat(5)}${'\u0301'.repeat(10)}${'x'.repeat(20_000_000)}`;
  const startMs = performance.now();
  expect(cutToWidth(long, 10)).toBe(`${'é'.repeat(5)}${'\u0301'.repeat(10)}xxxx…`);
  // Measuring the whole string would take seconds.
  expect(performance.now() - startMs).toBeLessThan(500);
});

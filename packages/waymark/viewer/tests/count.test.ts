import { formatBytes, formatPlural, formatRate, formatShare, formatShortCount } from '../src/format/count.ts';

test.each([
  [0, '0'],
  [941, '941'],
  [1204, '1.2k'],
  [9951, '10k'],
  [52_340, '52k'],
  [4_130_000, '4.1M'],
])('shortens %d to %s', (count, text) => {
  expect(formatShortCount(count)).toBe(text);
});

test.each([
  [0, 10, '0%'],
  [1, 5000, '<0.1%'],
  [1, 250, '0.4%'],
  [12, 100, '12%'],
  [9_999, 10_000, '>99%'],
  [10, 10, '100%'],
  [0, 0, '0%'],
])('%d of %d are %s: only none is 0%%, and only all is 100%%', (part, total, text) => {
  expect(formatShare(part, total)).toBe(text);
});

test.each([
  [120, 10_000, '12.0/s'],
  [1, 60_000, '1.0/min'],
  [1, 3_600_000, '1.0/h'],
  [0, 60_000, '0/s'],
  [4_000_000, 1000, '4.0M/s'],
  [1, 86_400_000, '1.0/d'],
  [1, 172_800_000, '0.5/d'],
  [1, 8_640_000_000, '<0.1/d'],
])('%d in %d ms are %s', (count, overMs, text) => {
  expect(formatRate(count, overMs)).toBe(text);
});

test.each([
  [512, '512 B'],
  [2048, '2 KiB'],
  [536_870_912, '512 MiB'],
  [1_610_612_736, '1.5 GiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('uses the singular for one', () => {
  expect([0, 1, 1204].map((count) => formatPlural(count, 'trace'))).toEqual(['0 traces', '1 trace', '1,204 traces']);
});

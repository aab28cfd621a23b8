import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createRecentValues, detached } from './recent-values.ts';

test('keeps what was used last, and at most as many keys as it says', () => {
  const values = createRecentValues<number>(10, 1000);
  for (let key = 0; key < 100; key++) {
    values.set(`${key}`, key);
    values.get('0'); // used all the time
  }
  const kept = Array.from({ length: 100 }, (_, key) => values.get(`${key}`)).filter((value) => value !== undefined);
  expect(kept.length).toBeLessThanOrEqual(10);
  expect(kept).toEqual(expect.arrayContaining([0, 99]));
});

test('keeps at most as many characters as it says', () => {
  const values = createRecentValues<number>(1000, 100);
  for (let key = 10; key < 40; key++) values.set('x'.repeat(8) + key, key);
  const kept = Array.from({ length: 30 }, (_, key) => values.get(`xxxxxxxx${key + 10}`));
  expect(kept.filter((value) => value !== undefined).length).toBeLessThanOrEqual(10);
  expect(values.get('xxxxxxxx39')).toBe(39);
});

test('a later value replaces the one before', () => {
  const values = createRecentValues<number>(10, 1000);
  values.set('a', 1);
  values.set('a', 2);
  expect(values.get('a')).toBe(2);
});

test('a key does not keep the string alive that it was cut from', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  /** Test files that ran before in this process leave garbage that takes several turns of the event loop. */
  const heapUsed = async (): Promise<number> => {
    for (let last = Number.POSITIVE_INFINITY; ; ) {
      await new Promise(setImmediate);
      collectGarbage();
      const { heapUsed } = process.memoryUsage();
      if (Math.abs(last - heapUsed) < 100_000) return heapUsed;
      last = heapUsed;
    }
  };
  const cut: string[] = [];
  const cutFromLong = (copy: (key: string) => string): void => {
    const long = ['ab'.repeat(10_000_000), 'c'].join('');
    cut.push(copy(long.slice(1000, 1100)));
  };
  const before = await heapUsed();
  cutFromLong(detached);
  const copied = await heapUsed();
  cutFromLong((key) => key);
  const held = await heapUsed();
  expect(cut[0]).toBe(cut[1]);
  expect(copied - before).toBeLessThan(10_000_000);
  expect(held - copied).toBeGreaterThan(10_000_000); // otherwise this test measures nothing
});

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
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
  // In a thread: it has a heap of its own, which only this uses.
  const program = `
    const { parentPort, workerData } = require('node:worker_threads');
    const v8 = require('node:v8');
    const copy = eval('(' + workerData + ')');
    v8.setFlagsFromString('--expose-gc');
    const collectGarbage = require('node:vm').runInNewContext('gc');
    const cut = [];
    const cutFromLong = (copied) => {
      const long = ['ab'.repeat(10_000_000), 'c'].join('');
      cut.push(copied(long.slice(1000, 1100)));
    };
    const heapUsed = () => {
      collectGarbage();
      return v8.getHeapStatistics().used_heap_size;
    };
    const before = heapUsed();
    cutFromLong(copy);
    const copied = heapUsed();
    cutFromLong((key) => key);
    const held = heapUsed();
    parentPort.postMessage({ isSame: cut[0] === cut[1], copied: copied - before, held: held - copied });`;
  const worker = new Worker(program, { eval: true, workerData: String(detached) });
  const [{ isSame, copied, held }] = await once(worker, 'message');
  expect(isSame).toBe(true);
  expect(copied).toBeLessThan(10_000_000);
  expect(held).toBeGreaterThan(10_000_000); // otherwise this test measures nothing
});

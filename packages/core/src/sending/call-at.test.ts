import { performance } from 'node:perf_hooks';
import { callAt } from './call-at.ts';

test('calls at the given time and not before, even if it is set late in a turn of the event loop', async () => {
  await new Promise(setImmediate); // a turn begins
  const turnMs = performance.now();
  while (performance.now() - turnMs < 20);
  const timeMs = performance.now() + 10;
  await new Promise<void>((resolve) => callAt(timeMs, resolve));
  expect(performance.now()).toBeGreaterThanOrEqual(timeMs);
});

test('calls at once if the time is in the past', () => {
  const fn = jest.fn();
  callAt(performance.now(), fn);
  expect(fn).toHaveBeenCalledTimes(1);
});

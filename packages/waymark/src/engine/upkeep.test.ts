import { startCollector } from '../collector.ts';
import { startUpkeep } from './upkeep.ts';

const day = 24 * 60 * 60 * 1000;

test('continues at once as long as there is more to do, with turns of the event loop between', async () => {
  const calls: string[] = [];
  const stop = await new Promise<() => void>((resolve) => {
    let left = 3;
    const stopUpkeep = startUpkeep(
      {
        upkeep() {
          calls.push('upkeep');
          setImmediate(() => calls.push('other'));
          if (--left === 0) setImmediate(() => resolve(stopUpkeep));
          return left > 0;
        },
      },
      { maxAgeMs: 7 * day },
    );
  });
  stop();
  expect(calls).toEqual(['upkeep', 'other', 'upkeep', 'other', 'upkeep', 'other']);
});

test('continues after an error of the store', async () => {
  let calls = 0;
  await new Promise<void>((resolve) => {
    const stop = startUpkeep(
      {
        upkeep() {
          if (++calls === 1) throw new Error('disk full');
          stop();
          resolve();
          return false;
        },
      },
      { maxAgeMs: 1 },
    );
  });
  expect(calls).toBe(2);
});

test('a collector deletes old traces even if no spans arrive', async () => {
  const collector = await startCollector({ port: 0, limits: { maxAgeMs: 500 } });
  const span = {
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    name: 'GET /',
    kind: 2,
    startTimeUnixNano: '1764037000000000000',
    endTimeUnixNano: '1764037000001000000',
  };
  await fetch(collector.otlpUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
  });
  let status: { store: { spanCount: number; evictedCount: number } };
  do {
    const answer = await fetch(`${collector.url}/waymark/status`);
    status = (await answer.json()) as typeof status; // of our own server
  } while (status.store.spanCount > 0);
  expect(status.store.evictedCount).toBe(1);
  await collector.close();
}, 30_000);

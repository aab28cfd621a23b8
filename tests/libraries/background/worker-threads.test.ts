// Real threads.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { traceWorkerThreads } from '@waymark/core/libraries';
import { spansBelow, startTracer } from './traced.ts';

const { exporter } = startTracer();
traceWorkerThreads();
traceWorkerThreads(); // a second call changes nothing

test('a thread has a span until it has exited', async () => {
  let threadId: number | undefined;
  const [span] = await spansBelow(exporter, 1, async () => {
    const worker = new Worker('0', { eval: true });
    ({ threadId } = worker);
    await once(worker, 'exit');
  });
  expect(span).toMatchObject({
    name: 'worker',
    kind: 'internal',
    status: { code: 'unset' },
    scope: { name: '@waymark/core/libraries/worker_threads' },
    attributes: { 'thread.id': threadId, 'thread.exit_code': 0 },
  });
});

test('a thread that throws is an error, which the application gets as before', async () => {
  let error: unknown;
  const [span] = await spansBelow(exporter, 1, async () => {
    const worker = new Worker('throw new RangeError("too large")', { eval: true });
    expect(worker.listenerCount('error')).toBe(0);
    [error] = await once(worker, 'error');
  });
  expect(error).toMatchObject({ name: 'RangeError' });
  expect(span).toMatchObject({
    status: { code: 'error', message: 'too large' },
    attributes: { 'error.type': 'RangeError' },
  });
});

test('a thread that the application ends has not failed', async () => {
  const [span] = await spansBelow(exporter, 1, async () => {
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
    await once(worker, 'online');
    await worker.terminate();
  });
  expect(span).toMatchObject({ status: { code: 'unset' }, attributes: { 'thread.exit_code': 1 } });
});

test('a thread outside of any span has none', async () => {
  exporter.reset();
  await once(new Worker('0', { eval: true }), 'exit');
  expect(exporter.spans).toEqual([]);
});

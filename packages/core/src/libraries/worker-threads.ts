/**
 * Traces worker threads by Node's channel. The channel has the thread, and not the file that it runs. Core itself loads the module, so
 * it is loaded in each process, and not traced by itself.
 */
import { type Channel, channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import { contained } from '../count-fault.ts';
import { noteLibrary } from '../found-libraries.ts';
import { readProperty } from '../read-property.ts';
import { tracedCaller } from './caller.ts';
import { Operation } from './operation.ts';

const subscriptionKey: unique symbol = Symbol.for('waymark.worker-threads.v1') as never;

// Kept: Node collects a channel without references, with its subscribers.
const started: Channel & { [subscriptionKey]?: { readonly realm: object; stop(): void } } = channel('worker_threads');

/**
 * Traces worker threads: each `new Worker()` below an active span has a span until the thread has exited. A thread of a pool lives longer than the
 * request that starts it. Its span then has `waymark.background`. For the tasks of Piscina, see {@link tracePiscina}.
 *
 * The context does not reach the thread by itself: pass it in the message or in `workerData`.
 *
 * @example
 * traceWorkerThreads();
 */
export function traceWorkerThreads(): void {
  const before = started[subscriptionKey];
  if (before?.realm === globalThis) return;
  before?.stop(); // a finished test file has left it behind
  const onWorker = contained((message: unknown) => traceWorker(readProperty(message, 'worker')));
  started.subscribe(onWorker);
  started[subscriptionKey] = { realm: globalThis, stop: () => void started.unsubscribe(onWorker) };
  noteLibrary({ name: 'worker_threads', version: process.versions.node, tracedBy: 'channel' });
}

function traceWorker(worker: unknown): void {
  const caller = tracedCaller('worker_threads');
  if (caller === undefined || !(worker instanceof EventEmitter)) return;
  const name = readProperty(worker, 'threadName'); // Node 24.6
  const threadName = typeof name === 'string' && name !== '' && name !== 'WorkerThread' ? name : undefined;
  const operation = Operation.begin(caller, {
    library: 'worker_threads',
    name: threadName === undefined ? 'worker' : `worker ${threadName}`,
    kind: 'internal',
    attributes: [],
  });
  if (operation === undefined) return;
  const id = readProperty(worker, 'threadId'); // -1 after its end
  if (typeof id === 'number') operation.set('thread.id', id);
  operation.set('thread.name', threadName);
  worker.once(
    EventEmitter.errorMonitor,
    contained((error: unknown) => operation.fail(error)),
  );
  worker.once(
    'exit',
    // 1 also after terminate(), which is no failure.
    contained((code: unknown) => {
      if (typeof code === 'number') operation.set('thread.exit_code', code);
      operation.end();
    }),
  );
}

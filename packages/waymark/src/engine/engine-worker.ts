/** The entry point of worker threads: the one that owns the store, and those that read its file. */
import { parentPort, workerData } from 'node:worker_threads';
import { createEngine, createReader, type EngineCalls } from './engine.ts';
import { StoreFailed } from './engine-errors.ts';
import { createUrgentCalls } from './give-way.ts';
import { createReaderGate } from './reader-gate.ts';
import { lowerThreadPriority } from './thread-priority.ts';
import { createThreadProgress } from './thread-progress.ts';
import { type Answer, type Call, cloneError, type ThreadData } from './worker-messages.ts';

if (parentPort !== null) serve(parentPort, workerData as ThreadData); // engine-thread.ts passes it

function serve(
  port: NonNullable<typeof parentPort>,
  { role, options, urgent, progress: memory, gate: gateMemory, refusedBatches }: ThreadData,
): void {
  const answer = (message: Answer): void => port.postMessage(message);
  const progress = createThreadProgress(memory);
  const gate = createReaderGate(gateMemory);
  const { start, letIn, giveWay } = createUrgentCalls(urgent, run);
  let engine: Partial<EngineCalls>;
  if (role === 'reader') lowerThreadPriority();
  try {
    engine =
      role === 'reader'
        ? createReader(options, {
            giveWay() {
              gate.pass();
              checkStopped();
            },
          })
        : createEngine(options, {
            giveWay() {
              giveWay();
              checkStopped();
            },
            withoutReaders: gate.shut,
            onTraces(traces) {
              if (progress.isWatched()) answer({ type: 'traces', traces });
            },
            onBatch: progress.noteBatch,
            refusedBatches: new Set(refusedBatches),
          });
  } catch (error) {
    answer({ type: 'error', id: undefined, error: cloneError(error) });
    close();
    return;
  }

  function run({ id, method, args }: Call): void {
    const end = progress.begin(id);
    try {
      const call = engine[method] as (...args: readonly unknown[]) => unknown; // start-engine.ts only calls methods that this thread has
      answer({ type: 'result', id, result: call(...args) });
    } catch (error) {
      // A WebAssembly trap leaves SQLite in an undefined state: this thread ends, and another one starts.
      if (error instanceof Error && error.name === 'RuntimeError') throw error;
      answer({ type: 'error', id, error: cloneError(error) });
    }
    end();
    if (method === 'close') close(); // even if the store could not be closed
  }

  function checkStopped(): void {
    if (progress.areReadsStopped()) throw new StoreFailed('The store is being closed.');
  }

  function close(): void {
    port.close();
    urgent.close();
  }

  port.on('message', (call: Call) => {
    letIn(call.method === 'close' ? Number.POSITIVE_INFINITY : undefined);
    run(call);
  });
  start();
  answer({ type: 'ready' });
}

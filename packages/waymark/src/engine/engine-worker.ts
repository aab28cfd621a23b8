/** The worker thread's entry. */
import { parentPort, workerData } from 'node:worker_threads';
import { createEngine, type EngineCalls, type EngineOptions } from './engine.ts';
import { type Answer, type Call, cloneError } from './worker-messages.ts';

if (parentPort !== null) serve(parentPort, workerData as EngineOptions); // start-engine.ts gave it

function serve(port: NonNullable<typeof parentPort>, options: EngineOptions): void {
  const answer = (message: Answer): void => port.postMessage(message);
  let engine: EngineCalls;
  try {
    engine = createEngine(options, (traces) => answer({ type: 'traces', traces }));
  } catch (error) {
    answer({ type: 'error', id: undefined, error: cloneError(error) });
    port.close();
    return;
  }
  port.on('message', ({ id, method, args }: Call) => {
    try {
      const call = engine[method] as (...args: readonly unknown[]) => unknown; // start-engine.ts offers these methods alone
      const result = call(...args);
      answer({ type: 'result', id, result });
      if (method === 'close') port.close();
    } catch (error) {
      answer({ type: 'error', id, error: cloneError(error) });
    }
  });
  answer({ type: 'ready' });
}

/**
 * Starts the store in a thread of its own, where a batch of spans or a long search holds up nobody else. A thread that fails is
 * started once more: what is in a file is there again.
 */
import type { TraceSummary } from '../api/types.ts';
import { disownThread } from '../store/sqlite/owner-file.ts';
import type { EngineCalls } from './engine.ts';
import { type EngineThread, startEngineThread, type ThreadOptions } from './engine-thread.ts';

type Promised<Calls> = {
  readonly [Name in keyof Calls]: Calls[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Result>
    : never;
};

/**
 * The same calls, from this thread. They reject after `close()`; with `WAYMARK_STORE_FAILED` when the thread fails meanwhile, and
 * for good after it has failed twice.
 */
export interface Engine extends Promised<EngineCalls> {
  /** Calls the listener with each trace that has grown, until what it returns is called. */
  onTraces(listener: (traces: readonly TraceSummary[]) => void): () => void;
  /** Calls the listener when the thread has failed. */
  onFailure(listener: (error: Error) => void): () => void;
}

const methods: readonly (keyof EngineCalls)[] = [
  'ingest',
  'importFile',
  'add',
  'list',
  'scatter',
  'facets',
  'complete',
  'spans',
  'history',
  'operations',
  'operationsJson',
  'median',
  'map',
  'errors',
  'services',
  'traceJson',
  'outlineJson',
  'otlpJson',
  'jaegerSummary',
  'shareFile',
  'sharePreview',
  'spanDetails',
  'search',
  'matching',
  'counts',
  'clear',
  'close',
];

/** @throws If the store cannot be opened: its own error, with its code. */
export async function startEngine(options?: ThreadOptions): Promise<Engine> {
  const { engine, ready } = launchEngine(options);
  await ready;
  return engine;
}

/** Calls wait until the store is open. `ready` rejects if it cannot be: with its own error, which has a code. */
export function launchEngine(options: ThreadOptions = {}): { readonly engine: Engine; readonly ready: Promise<void> } {
  const listeners = new Set<(traces: readonly TraceSummary[]) => void>();
  const failureListeners = new Set<(error: Error) => void>();
  let isClosed = false;
  let hasRestarted = false;
  let thread = start();
  const { ready } = thread;

  function start(): EngineThread {
    const started = startEngineThread(options, (traces) => {
      for (const listener of listeners) listener(traces);
    });
    void started.ended.then((failure) => {
      if (failure === undefined || isClosed) return;
      if (options.path !== undefined) disownThread(options.path, started.threadId);
      if (!hasRestarted) {
        hasRestarted = true;
        thread = start();
        thread.ready.catch(() => {}); // its calls say so
      }
      for (const listener of failureListeners) listener(failure);
    });
    return started;
  }

  const calls = methods.map((method) => [method, (...args: readonly unknown[]) => thread.call(method, args)]);
  const engine: Engine = {
    ...(Object.fromEntries(calls) as Promised<EngineCalls>), // one for each
    async close() {
      isClosed = true;
      await thread.close();
    },
    onTraces(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onFailure(listener) {
      failureListeners.add(listener);
      return () => failureListeners.delete(listener);
    },
  };
  return { engine, ready };
}

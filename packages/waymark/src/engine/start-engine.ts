/**
 * Starts the store in a thread, so that a batch or a long search does not block the main thread, and further threads that read
 * its file. If no other thread can read the store, its own thread does, and lets writes interrupt reads.
 */
import { availableParallelism } from 'node:os';
import type { EngineStatus, TraceSummary } from '../api/types.ts';
import { canReadBeside } from '../store/sqlite/open-driver.ts';
import { disownThread } from '../store/sqlite/owner-file.ts';
import { callKinds, kindOfCall } from './call-order.ts';
import { createCrashingBatches } from './crashing-batches.ts';
import type { EngineCalls, EngineOptions } from './engine.ts';
import { BatchRefused, StoreFailed } from './engine-errors.ts';
import { startEngineThread } from './engine-thread.ts';
import { createReadQueue, type ReadCaller, type ReadQueueLimits } from './read-queue.ts';
import { createReaderGate } from './reader-gate.ts';
import { type ReaderThreads, startReaderThreads } from './reader-threads.ts';
import { defaultRestartTimes, type RestartTimes } from './restart-schedule.ts';
import { superviseThread } from './supervise-thread.ts';

// How long reads may still run when the engine is closed. The server has waited for their clients before.
const maxClosingMs = 300;

type Promised<Calls> = {
  readonly [Name in keyof Calls]: Calls[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Result>
    : never;
};

/**
 * The engine's calls, as promises. They reject after `close()`; with `WAYMARK_STORE_FAILED` if the thread fails or is down; with
 * `WAYMARK_BATCH_REFUSED` for a batch during which it failed twice; with `WAYMARK_READS_FULL` if too many reads wait.
 */
export interface Engine extends Promised<EngineCalls> {
  /** Calls the listener with the traces that have grown. @returns A function that removes the listener. */
  onTraces(listener: (traces: readonly TraceSummary[]) => void): () => void;
  /** Calls the listener when the thread of the store has failed. */
  onFailure(listener: (error: Error) => void): () => void;
  status(): EngineStatus;
}

export interface LaunchOptions extends EngineOptions {
  /** Heap limit of the store's thread in MiB. Default: Node's own limit. */
  readonly maxHeapMb?: number | undefined;
  /** Heap limit of each reader thread in MiB. Default 1024. */
  readonly maxReaderHeapMb?: number | undefined;
  /** Number of reader threads. Default: one less than the machine has cores, but 1 or 2. */
  readonly readerCount?: number | undefined;
  readonly reads?: Partial<ReadQueueLimits> | undefined;
  readonly restarts?: Partial<RestartTimes> | undefined;
  /** Returns the client of the current call. Default: none. */
  readonly caller?: (() => ReadCaller | undefined) | undefined;
}

/** @throws The store's own error, with its code, if the store cannot be opened. */
export async function startEngine(options?: LaunchOptions): Promise<Engine> {
  const { engine, ready } = launchEngine(options);
  await ready;
  return engine;
}

/** Calls wait until the store is open. `ready` rejects with the store's own error, which has a code, if it cannot be opened. */
export function launchEngine({
  maxHeapMb,
  maxReaderHeapMb = 1024,
  readerCount = Math.min(Math.max(availableParallelism() - 1, 1), 2),
  reads: readLimits,
  restarts,
  caller = () => undefined,
  ...options
}: LaunchOptions = {}): { readonly engine: Engine; readonly ready: Promise<void> } {
  const listeners = new Set<(traces: readonly TraceSummary[]) => void>();
  const failureListeners = new Set<(error: Error) => void>();
  const times = { ...defaultRestartTimes, ...restarts };
  const batches = createCrashingBatches();
  const gate = createReaderGate().memory;
  const queue = createReadQueue(readLimits);
  let readers: ReaderThreads | undefined;
  let isClosed = false;
  /** While the store's thread has to read: removes it from the queue. */
  let leaveReading: (() => void) | undefined;
  let lastCounts: unknown;

  const store = superviseThread({
    task: 'stores spans',
    times,
    start() {
      const started = startEngineThread({
        role: 'store',
        options,
        maxHeapMb,
        gate,
        refusedBatches: batches.refused(),
        onTraces(traces) {
          for (const listener of listeners) listener(traces);
        },
        errorOf({ reason, cause, batch }, wasRunning) {
          const isRefused = wasRunning && batch !== undefined && batches.note(batch);
          if (isRefused) return new BatchRefused(`${reason}.`, { cause });
          return new StoreFailed(`The thread that stores spans has failed: ${reason}.`, { cause });
        },
      });
      if (options.path !== undefined) {
        const { path } = options;
        void started.ended.then((failure) => failure && disownThread(path, started.threadId));
      }
      return started;
    },
    onFailure(failure, { lastFailure }) {
      if (lastFailure === undefined) return;
      const error = new StoreFailed(lastFailure.message, { cause: failure.cause });
      for (const listener of failureListeners) listener(error);
    },
  });
  readInStore();
  const ready = store.ready.then(async () => {
    lastCounts = await store.call('counts', [], 'urgent').catch(() => undefined); // the file may be damaged
    if (options.path === undefined || readerCount === 0 || isClosed || !canReadBeside(options.driver)) return;
    readers = startReaderThreads({
      options,
      gate,
      maxHeapMb: maxReaderHeapMb,
      count: readerCount,
      times,
      queue,
      onReading() {
        leaveReading?.();
        leaveReading = undefined;
      },
      onNoneLeft: readInStore,
    });
  });

  function readInStore(): void {
    leaveReading ??= queue.addThread((method, args) => store.call(method, args, 'read'));
  }

  function call(method: keyof typeof callKinds, args: readonly unknown[]): Promise<unknown> {
    const kind = kindOfCall(method, args);
    return kind === 'urgent' ? store.call(method, args, kind) : queue.read(method, args, caller());
  }

  function watch(): void {
    store.watch(listeners.size > 0);
  }

  const methods = Object.keys(callKinds) as (keyof typeof callKinds)[]; // the table lists all methods
  const calls = methods.map((method) => [method, (...args: readonly unknown[]) => call(method, args)]);
  const engine: Engine = {
    ...(Object.fromEntries(calls) as Promised<Omit<EngineCalls, 'close'>>), // one function for each call
    /** While the thread is down, the last known counts: the status has to report the failure, not fail with it. */
    async counts() {
      try {
        lastCounts = await store.call('counts', [], 'urgent');
      } catch (error) {
        const isDown = (error as { code?: string }).code === 'WAYMARK_STORE_FAILED';
        if (!isDown || lastCounts === undefined || isClosed) throw error;
      }
      return lastCounts as ReturnType<EngineCalls['counts']>; // the result of counts()
    },
    async close() {
      isClosed = true;
      const idle = queue.close(new StoreFailed('The store has been closed.'));
      const timer = setTimeout(() => {
        store.stopReads();
        readers?.stopReads();
      }, maxClosingMs);
      await idle;
      clearTimeout(timer);
      // Readers close before the store, which moves the write-ahead log into the file when it is alone.
      await readers?.close();
      await store.close();
    },
    onTraces(listener) {
      listeners.add(listener);
      watch();
      return () => {
        listeners.delete(listener);
        watch();
      };
    },
    onFailure(listener) {
      failureListeners.add(listener);
      return () => failureListeners.delete(listener);
    },
    status() {
      const { state, failures, lastFailure } = store.status();
      const { waiting, refused } = queue.counts();
      return {
        state,
        failures,
        ...(lastFailure && { lastFailure }),
        readers: leaveReading === undefined ? (readers?.count ?? 0) : 0,
        waitingReads: waiting,
        refusedReads: refused,
      };
    },
  };
  return { engine, ready };
}

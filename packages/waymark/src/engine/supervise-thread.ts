/** Keeps a worker thread running: one that fails is started again, for as long as that may help. */
import type { CallKind } from './call-order.ts';
import type { EngineCalls } from './engine.ts';
import { StoreFailed } from './engine-errors.ts';
import type { EngineThread, ThreadFailure } from './engine-thread.ts';
import { createRestartSchedule, type RestartTimes } from './restart-schedule.ts';

export interface SupervisedThread {
  /** Settles with the first start; rejects with the error of the store. A thread that never was ready is not started again. */
  readonly ready: Promise<void>;
  call(method: keyof EngineCalls, args: readonly unknown[], kind: CallKind): Promise<unknown>;
  watch(isWatched: boolean): void;
  /** Has a read that runs fail at its next step. */
  stopReads(): void;
  status(): ThreadStatus;
  close(): Promise<void>;
}

export interface ThreadStatus {
  /** `failed`: it is not started again. */
  readonly state: 'running' | 'restarting' | 'failed';
  /** Since the collector was started. */
  readonly failures: number;
  readonly lastFailure: { readonly timeMs: number; readonly message: string } | undefined;
}

export interface SupervisedOptions {
  /** What the thread does, for messages: `stores spans`. */
  readonly task: string;
  start(): EngineThread;
  readonly times: RestartTimes;
  /** Called each time that the thread is ready. */
  onReady?(): void;
  onFailure(failure: ThreadFailure, status: ThreadStatus): void;
}

export function superviseThread({ task, start, times, onReady, onFailure }: SupervisedOptions): SupervisedThread {
  const schedule = createRestartSchedule(times);
  let state: ThreadStatus['state'] = 'running';
  let failures = 0;
  let lastFailure: ThreadStatus['lastFailure'];
  let nextStartMs = 0;
  let timer: NodeJS.Timeout | undefined;
  let isWatched = false;
  let isClosed = false;
  let wasReady = false;
  let thread = launch();
  const { ready } = thread;

  function launch(): EngineThread {
    const started = start();
    started.watch(isWatched);
    started.ready.then(
      () => {
        wasReady = true;
        state = 'running';
        onReady?.();
      },
      () => {}, // its end says so
    );
    void started.ended.then((failure) => {
      if (failure !== undefined && !isClosed) noteFailure(failure);
    });
    return started;
  }

  function noteFailure(failure: ThreadFailure): void {
    const delayMs = wasReady ? schedule.delayAfter(failure) : undefined;
    const inARow = schedule.failuresInARow();
    const often = inARow > 1 ? ` ${inARow} times in a row` : '';
    failures++;
    state = delayMs === undefined ? 'failed' : 'restarting';
    nextStartMs = performance.now() + (delayMs ?? Number.POSITIVE_INFINITY);
    lastFailure = {
      timeMs: Date.now(),
      message: `The thread that ${task} has failed${often}: ${failure.reason}. ${nextStep(delayMs)}`,
    };
    if (delayMs === 0) thread = launch();
    else if (delayMs !== undefined) {
      timer = setTimeout(() => {
        thread = launch();
      }, delayMs);
    }
    onFailure(failure, status());
  }

  function status(): ThreadStatus {
    return { state, failures, lastFailure };
  }

  return {
    ready,
    status,
    call(method, args, kind) {
      // What is called while a thread opens waits for it.
      const waitMs = nextStartMs - performance.now();
      if (waitMs <= 0) return thread.call(method, args, kind);
      const retryAfterSeconds = Math.min(Math.ceil(waitMs / 1000), maxRetryAfterSeconds);
      return Promise.reject(new StoreFailed(lastFailure?.message ?? '', { retryAfterSeconds }));
    },
    watch(wanted) {
      isWatched = wanted;
      thread.watch(wanted);
    },
    stopReads: () => thread.stopReads(),
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await thread.close();
    },
  };
}

// Exporters give up soon if they are to wait for longer.
const maxRetryAfterSeconds = 30;

function nextStep(delayMs: number | undefined): string {
  if (delayMs === undefined) return 'It is not started again: mend the cause, then start the collector anew.';
  return delayMs === 0 ? 'It is started again.' : `It is started again in ${delayMs / 1000} s.`;
}

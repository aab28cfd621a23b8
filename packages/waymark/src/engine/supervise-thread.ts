/** Keeps a worker thread running: restarts it after a failure, as long as that may help. */
import type { CallKind } from './call-order.ts';
import type { EngineCalls } from './engine.ts';
import { StoreFailed } from './engine-errors.ts';
import type { EngineThread, ThreadFailure } from './engine-thread.ts';
import { createRestartSchedule, type RestartTimes } from './restart-schedule.ts';

export interface SupervisedThread {
  /** Resolves with the first start, or rejects with the store's error. A thread that was never ready is not restarted. */
  readonly ready: Promise<void>;
  call(method: keyof EngineCalls, args: readonly unknown[], kind: CallKind): Promise<unknown>;
  watch(isWatched: boolean): void;
  /** Makes a running read fail at its next step. */
  stopReads(): void;
  status(): ThreadStatus;
  close(): Promise<void>;
}

export interface ThreadStatus {
  /** `failed`: the thread is not restarted. */
  readonly state: 'running' | 'restarting' | 'failed';
  /** Since the collector was started. */
  readonly failures: number;
  readonly lastFailure: { readonly timeMs: number; readonly message: string } | undefined;
}

export interface SupervisedOptions {
  /** For messages, what the thread does: `stores spans`. */
  readonly task: string;
  start(): EngineThread;
  readonly times: RestartTimes;
  /** Called each time the thread becomes ready. */
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
      () => {}, // `ended` reports it
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
      // Calls wait while the thread opens the store.
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

// Exporters give up instead of waiting for longer.
const maxRetryAfterSeconds = 30;

function nextStep(delayMs: number | undefined): string {
  if (delayMs === undefined) return 'It is not restarted: fix the cause, then restart the collector.';
  return delayMs === 0 ? 'It is being restarted.' : `It is restarted in ${delayMs / 1000} s.`;
}

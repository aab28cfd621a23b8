/** Threads that read the file while another one writes it. If a reader fails, only its own read is lost. */
import { ReadFailed } from './engine-errors.ts';
import { startEngineThread, type ThreadStart } from './engine-thread.ts';
import type { ReadQueue } from './read-queue.ts';
import type { RestartTimes } from './restart-schedule.ts';
import { type SupervisedThread, superviseThread } from './supervise-thread.ts';

export interface ReaderThreads {
  readonly count: number;
  /** Makes running reads fail at their next step. */
  stopReads(): void;
  close(): Promise<void>;
}

export interface ReaderOptions extends Pick<ThreadStart, 'options' | 'gate' | 'maxHeapMb'> {
  readonly count: number;
  readonly times: RestartTimes;
  readonly queue: ReadQueue;
  /** Called when the first reader is ready, so that the store's thread need not read. */
  onReading(): void;
  /** Called when no reader is left and none will be started. */
  onNoneLeft(): void;
}

// Starting a thread is cheap, and reads wait for it.
const maxDelayMs = 2000;

export function startReaderThreads({
  count,
  times,
  queue,
  onReading,
  onNoneLeft,
  ...given
}: ReaderOptions): ReaderThreads {
  const readers = new Set<SupervisedThread>();
  let isClosed = false;

  for (let number = 0; number < count; number++) {
    let leave: (() => void) | undefined;
    const reader = superviseThread({
      task: 'reads spans',
      times: { ...times, maxDelayMs: Math.min(times.maxDelayMs, maxDelayMs) },
      start: () =>
        startEngineThread({
          ...given,
          role: 'reader',
          refusedBatches: [],
          onTraces() {},
          errorOf: ({ reason, cause }) => new ReadFailed(`${reason}.`, { cause }),
        }),
      onReady() {
        leave = queue.addThread((method, args) => reader.call(method, args, 'read'));
        onReading();
      },
      onFailure(_, { state }) {
        leave?.();
        if (state !== 'failed' || isClosed) return;
        readers.delete(reader);
        if (readers.size === 0) onNoneLeft();
      },
    });
    reader.ready.catch(() => {}); // onFailure() reports it
    readers.add(reader);
  }

  return {
    get count() {
      return readers.size;
    },
    stopReads() {
      for (const reader of readers) reader.stopReads();
    },
    async close() {
      isClosed = true;
      await Promise.all([...readers].map((reader) => reader.close()));
    },
  };
}

/**
 * What a worker thread is doing, in memory that it shares with the main thread: all that is left to look at when the thread has
 * failed. The main thread uses the same memory for what it says to a thread that is busy.
 */

export interface ThreadProgress {
  readonly memory: SharedArrayBuffer;
  /** The thread begins a call, maybe in the middle of another one. @returns Ends it. */
  begin(callId: number): () => void;
  /** What sets the batch of the call apart from others: 64 hex digits. */
  noteBatch(digest: string): void;
  /** The call that is running, and its batch. `undefined` if none is. */
  running(): { readonly callId: number; readonly batch: string | undefined } | undefined;
  /** Whether the main thread wants to hear of traces that have grown. */
  isWatched(): boolean;
  watch(isWatched: boolean): void;
  /** Whether reads are to end: the collector closes, and nothing waits for them any more. */
  areReadsStopped(): boolean;
  stopReads(): void;
}

// Four words, then the digest.
const callWord = 0;
const watchedWord = 1;
const hasBatchWord = 2;
const stoppedWord = 3;
const digestFrom = 16;
const digestBytes = 32;

export function createThreadProgress(
  memory: SharedArrayBuffer = new SharedArrayBuffer(digestFrom + digestBytes),
): ThreadProgress {
  const words = new Int32Array(memory, 0, digestFrom / 4);
  const digest = new Uint8Array(memory, digestFrom, digestBytes);

  return {
    memory,
    begin(callId) {
      const outer = Atomics.load(words, callWord);
      Atomics.store(words, callWord, callId);
      return () => {
        Atomics.store(words, hasBatchWord, 0);
        Atomics.store(words, callWord, outer);
      };
    },
    noteBatch(hex) {
      digest.set(Buffer.from(hex, 'hex'));
      Atomics.store(words, hasBatchWord, 1);
    },
    running() {
      const callId = Atomics.load(words, callWord);
      if (callId === 0) return undefined;
      const hasBatch = Atomics.load(words, hasBatchWord) === 1;
      return { callId, batch: hasBatch ? Buffer.from(digest).toString('hex') : undefined };
    },
    isWatched: () => Atomics.load(words, watchedWord) === 1,
    areReadsStopped: () => Atomics.load(words, stoppedWord) === 1,
    stopReads: () => void Atomics.store(words, stoppedWord, 1),
    watch: (isWatched) => void Atomics.store(words, watchedWord, isWatched ? 1 : 0),
  };
}

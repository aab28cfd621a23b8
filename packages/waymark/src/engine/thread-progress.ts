/**
 * What a worker thread is doing, in memory that it shares with the main thread, so that it can be read after the thread has
 * failed. The main thread uses the same memory to signal a busy thread.
 */

export interface ThreadProgress {
  readonly memory: SharedArrayBuffer;
  /** Called when the thread starts a call, possibly during another one. @returns A function that ends the call. */
  begin(callId: number): () => void;
  /** Sets the batch of the current call: its SHA-256 in 64 hex digits. */
  noteBatch(digest: string): void;
  /** The running call and its batch; `undefined` if no call is running. */
  running(): { readonly callId: number; readonly batch: string | undefined } | undefined;
  /** Whether the main thread listens for traces that have grown. */
  isWatched(): boolean;
  watch(isWatched: boolean): void;
  /** Whether reads must end, because the collector closes. */
  areReadsStopped(): boolean;
  stopReads(): void;
}

// Four 32-bit words, then the digest.
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

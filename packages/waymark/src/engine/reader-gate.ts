/**
 * Pauses readers for a moment, between two statements. SQLite restarts its write-ahead log only when no reader uses it, so
 * readers that take turns without a pause would let it grow indefinitely.
 */

export interface ReaderGate {
  readonly memory: SharedArrayBuffer;
  /** For the writer: runs the work while readers wait. */
  shut<Result>(work: () => Result): Result;
  /** For a reader: waits while the gate is shut. */
  pass(): void;
}

// A writer that fails while the gate is shut must not block readers indefinitely.
const maxWaitMs = 2000;

export function createReaderGate(memory: SharedArrayBuffer = new SharedArrayBuffer(4)): ReaderGate {
  const words = new Int32Array(memory);
  return {
    memory,
    shut(work) {
      Atomics.store(words, 0, 1);
      try {
        return work();
      } finally {
        Atomics.store(words, 0, 0);
        Atomics.notify(words, 0);
      }
    },
    pass() {
      if (Atomics.load(words, 0) === 1) Atomics.wait(words, 0, 1, maxWaitMs);
    },
  };
}

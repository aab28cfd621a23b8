/**
 * Holds readers back for a moment, between two statements. SQLite begins its write-ahead log anew only when no reader is in it;
 * readers that take turns without a pause would let it grow for ever.
 */

export interface ReaderGate {
  readonly memory: SharedArrayBuffer;
  /** The writer's: runs the work while readers stay out. */
  shut<Result>(work: () => Result): Result;
  /** A reader's: waits while the gate is shut. */
  pass(): void;
}

// A writer that fails behind the gate must not hold readers for ever.
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

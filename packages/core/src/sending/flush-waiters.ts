/** Calls of `flush()` that wait: each for the chunks that existed when it was called. */

export interface FlushWaiters {
  /** Resolves when `count` chunks with ids up to `lastId` are settled, and with `wantsFound` all batches of earlier processes; or when released. */
  wait(lastId: number, count: number, wantsFound: boolean): Promise<void>;
  settled(chunkId: number): void;
  /** A chunk was replaced by two halves with the same id. */
  halved(chunkId: number): void;
  /** Releases the waiters whose condition is met. */
  check(): void;
  /** Releases all waiters, whatever they wait for. */
  releaseAll(): void;
  isEmpty(): boolean;
}

interface Waiter {
  readonly lastId: number;
  count: number;
  readonly wantsFound: boolean;
  readonly resolve: () => void;
}

export function createFlushWaiters(hasFound: () => boolean): FlushWaiters {
  const waiters = new Set<Waiter>();

  function check(): void {
    for (const waiter of waiters) {
      if (waiter.count <= 0 && !(waiter.wantsFound && hasFound())) release(waiter);
    }
  }

  function release(waiter: Waiter): void {
    waiters.delete(waiter);
    waiter.resolve();
  }

  return {
    wait(lastId, count, wantsFound) {
      return new Promise((resolve) => {
        waiters.add({ lastId, count, wantsFound, resolve });
        check();
      });
    },
    settled(chunkId) {
      for (const waiter of waiters) if (chunkId <= waiter.lastId) waiter.count--;
      check();
    },
    halved(chunkId) {
      for (const waiter of waiters) if (chunkId <= waiter.lastId) waiter.count++;
    },
    check,
    releaseAll() {
      for (const waiter of waiters) release(waiter);
    },
    isEmpty: () => waiters.size === 0,
  };
}

/** Those who wait in `flush()` for the chunks that were there when they began to. */

export interface FlushWaiters {
  /** Resolves when `count` chunks with ids up to `lastId` have been settled, and what was found too if that is wanted; or when released. */
  wait(lastId: number, count: number, wantsFound: boolean): Promise<void>;
  settled(chunkId: number): void;
  /** Two chunks have taken the place of one, with its id. */
  halved(chunkId: number): void;
  /** Looks who need not wait any more. */
  check(): void;
  /** For when it makes no sense to wait. */
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

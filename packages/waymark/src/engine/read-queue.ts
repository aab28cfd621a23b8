/**
 * The queue of reads. Each thread has one read at a time. So a write waits for one read at most, a read whose client has gone
 * away is not started, and memory depends on the number of threads, not of clients.
 */
import { type CallKind, type callKinds, kindOfCall } from './call-order.ts';
import { CallerGone, ReadsFull } from './engine-errors.ts';

type Method = keyof typeof callKinds;
type Call = (method: Method, args: readonly unknown[]) => Promise<unknown>;

/** The client that waits for an answer. */
export interface ReadCaller {
  readonly hasEnded: boolean;
  /** Calls the listener when the answer has been sent, or the client has gone away. */
  onEnd(listener: () => void): void;
}

export interface ReadQueueLimits {
  /** Maximum number of waiting reads. Default 256. */
  readonly maxWaiting: number;
  /** Maximum size of answers that clients have not fetched yet. Above it no read is started. Default 256 MiB. */
  readonly maxHeldBytes: number;
}

export interface ReadQueue {
  /** @throws {ReadsFull} If too many reads wait. */
  read(method: Method, args: readonly unknown[], caller: ReadCaller | undefined): Promise<unknown>;
  /** @returns A function that removes the thread. The thread finishes its current read. */
  addThread(call: Call): () => void;
  counts(): { readonly waiting: number; readonly refused: number };
  /** Rejects waiting reads, and resolves when no read is running. */
  close(error: Error): Promise<void>;
}

interface Waiting {
  readonly method: Method;
  readonly args: readonly unknown[];
  readonly caller: ReadCaller | undefined;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

interface Thread {
  readonly call: Call;
  isBusy: boolean;
}

const defaultLimits: ReadQueueLimits = { maxWaiting: 256, maxHeldBytes: 256 * 1024 * 1024 };

export function createReadQueue(given: Partial<ReadQueueLimits> = {}): ReadQueue {
  const { maxWaiting, maxHeldBytes } = { ...defaultLimits, ...given };
  const threads = new Set<Thread>();
  const lanes = { read: new Set<Waiting>(), search: new Set<Waiting>() };
  let lastLane: keyof typeof lanes = 'search';
  let heldBytes = 0;
  /** The part of `heldBytes` that is the newest piece of a trace, for answers that are sent piece by piece. */
  const pieces = new Map<ReadCaller, number>();
  let refused = 0;
  let running = 0;
  let closing: { readonly error: Error; done(): void } | undefined;

  function laneOf(kind: CallKind): Set<Waiting> {
    return kind === 'search' ? lanes.search : lanes.read;
  }

  /** Alternates between the lanes, as long as both have reads. */
  function takeNext(): Waiting | undefined {
    const order = lastLane === 'search' ? (['read', 'search'] as const) : (['search', 'read'] as const);
    for (const lane of order) {
      const [next] = lanes[lane];
      if (next === undefined) continue;
      lanes[lane].delete(next);
      lastLane = lane;
      return next;
    }
    return undefined;
  }

  function serve(): void {
    for (const thread of threads) {
      while (!thread.isBusy) {
        const next = takeNext();
        if (next === undefined) return;
        if (heldBytes > maxHeldBytes && !isNextPiece(next)) {
          refuse(next, 'Answers that clients have not fetched yet fill the memory: try again in 2 seconds.');
          continue;
        }
        void run(thread, next);
      }
    }
  }

  async function run(thread: Thread, { method, args, caller, resolve, reject }: Waiting): Promise<void> {
    thread.isBusy = true;
    running++;
    try {
      const result = await thread.call(method, args);
      if (caller !== undefined && !caller.hasEnded) {
        if (method === 'tracePiece') holdPiece(caller, sizeOf(result));
        else hold(caller, sizeOf(result));
      }
      resolve(result);
    } catch (error) {
      reject(error);
    } finally {
      running--;
      thread.isBusy = false;
      if (running === 0) closing?.done();
      serve();
    }
  }

  function hold(caller: ReadCaller, bytes: number): void {
    if (bytes === 0) return;
    heldBytes += bytes;
    caller.onEnd(() => {
      heldBytes -= bytes;
    });
  }

  /** The next piece of a trace is requested after the one before has been sent. */
  function holdPiece(caller: ReadCaller, bytes: number): void {
    const before = pieces.get(caller);
    pieces.set(caller, bytes);
    heldBytes += bytes - (before ?? 0);
    if (before !== undefined) return;
    caller.onEnd(() => {
      heldBytes -= pieces.get(caller) ?? 0;
      pieces.delete(caller);
    });
  }

  function refuse({ reject }: Pick<Waiting, 'reject'>, message: string): void {
    refused++;
    reject(new ReadsFull(message));
  }

  return {
    read: (method, args, caller) =>
      new Promise((resolve, reject) => {
        if (closing !== undefined) {
          reject(closing.error);
          return;
        }
        if (lanes.read.size + lanes.search.size >= maxWaiting && !isNextPiece({ method, args })) {
          refuse({ reject }, `${maxWaiting} reads are waiting already: try again in 2 seconds.`);
          return;
        }
        const lane = laneOf(kindOfCall(method, args));
        const waiting: Waiting = { method, args, caller, resolve, reject };
        lane.add(waiting);
        caller?.onEnd(() => {
          if (lane.delete(waiting)) reject(new CallerGone());
        });
        serve();
      }),

    addThread(call) {
      const thread: Thread = { call, isBusy: false };
      threads.add(thread);
      serve();
      return () => threads.delete(thread);
    },

    counts: () => ({ waiting: lanes.read.size + lanes.search.size, refused }),

    close(error) {
      return new Promise((resolve) => {
        closing = { error, done: resolve };
        for (const lane of Object.values(lanes)) {
          for (const { reject } of lane) reject(error);
          lane.clear();
        }
        if (running === 0) resolve();
      });
    },
  };
}

/** A further piece of an answer is never refused, since that would cut the answer off. It holds its newest piece only. */
function isNextPiece({ method, args: [, , from] }: Pick<Waiting, 'method' | 'args'>): boolean {
  return method === 'tracePiece' && from !== 0;
}

/** The approximate size of an answer that can be large: a string, an object with a string, or a list of spans. */
function sizeOf(result: unknown): number {
  if (typeof result === 'string') return result.length;
  if (typeof result === 'object' && result !== null && 'json' in result) return sizeOf(result.json);
  return Array.isArray(result) ? 1000 * result.length : 0;
}

/**
 * Reads that wait for a thread. Each thread has one read at a time: so a write never waits behind more than one, a read whose
 * client has gone away is never begun, and memory depends on the number of threads and not on that of clients.
 */
import { type CallKind, type callKinds, kindOfCall } from './call-order.ts';
import { CallerGone, ReadsFull } from './engine-errors.ts';

type Method = keyof typeof callKinds;
type Call = (method: Method, args: readonly unknown[]) => Promise<unknown>;

/** The client that an answer is for. */
export interface ReadCaller {
  readonly hasEnded: boolean;
  /** Calls the listener when the answer has been sent, or the client has gone away. */
  onEnd(listener: () => void): void;
}

export interface ReadQueueLimits {
  /** Reads that wait for a thread. Default 256. */
  readonly maxWaiting: number;
  /** Answers that clients have not fetched yet; more than these, and no further read begins. Default 256 MiB. */
  readonly maxHeldBytes: number;
}

export interface ReadQueue {
  /** @throws {ReadsFull} When too many wait. */
  read(method: Method, args: readonly unknown[], caller: ReadCaller | undefined): Promise<unknown>;
  /** @returns What takes the thread away again: it finishes what it has begun. */
  addThread(call: Call): () => void;
  counts(): { readonly waiting: number; readonly refused: number };
  /** Rejects what waits, and resolves when nothing runs. */
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
  /** Of these the size of the newest piece of a trace, where an answer is sent piece by piece. */
  const pieces = new Map<ReadCaller, number>();
  let refused = 0;
  let running = 0;
  let closing: { readonly error: Error; done(): void } | undefined;

  function laneOf(kind: CallKind): Set<Waiting> {
    return kind === 'search' ? lanes.search : lanes.read;
  }

  /** From the lane that was not served last, if anything waits there. */
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
          refuse(next, 'Answers that clients have not fetched yet take all the room: ask again in two seconds.');
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

  /** A piece of a trace is asked for when the one before has been sent. */
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
          refuse({ reject }, `${maxWaiting} reads wait already: ask again in two seconds.`);
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

/** An answer that has begun goes on: to refuse the rest would cut it off. It holds no more than its newest piece. */
function isNextPiece({ method, args: [, , from] }: Pick<Waiting, 'method' | 'args'>): boolean {
  return method === 'tracePiece' && from !== 0;
}

/** Of answers that can be large: strings, those with a text in them, and lists of spans. About. */
function sizeOf(result: unknown): number {
  if (typeof result === 'string') return result.length;
  if (typeof result === 'object' && result !== null && 'text' in result) return sizeOf(result.text);
  return Array.isArray(result) ? 1000 * result.length : 0;
}

/** The processing of a message by the listeners of an emitter, which drops what they return: its span, until the work has ended. */
import { EventEmitter } from 'node:events';
import { countFault } from '../../count-fault.ts';
import type { Incoming } from '../incoming.ts';

// biome-ignore lint/suspicious/noExplicitAny: listeners take anything
type Listener = ((...args: any[]) => unknown) & { readonly listener?: unknown };

/** The span ends when all parts of the work have ended, or when one has failed. */
export class MessageWork {
  readonly incoming: Incoming;
  private parts = 1;
  /** Since when nothing is known to be going on. */
  private idleSinceMs: number | undefined = undefined;

  constructor(incoming: Incoming) {
    this.incoming = incoming;
  }

  /** A part that ends later. */
  addPart(): void {
    this.parts++;
  }

  endPart(): void {
    this.parts--;
    if (this.parts === 0) this.incoming.end();
    else this.noteIdle();
  }

  /** Notes that nothing is known to be going on. */
  noteIdle(): void {
    this.idleSinceMs = Date.now();
  }

  /** Ends a part that nothing has come of. The work is over since the others have ended. */
  abandonPart(): void {
    this.parts--;
    if (this.parts === 0) this.incoming.end(this.idleSinceMs);
  }

  fail(error: unknown): void {
    this.incoming.fail(error);
  }

  /** Calls the function in the context of the work. */
  run<Result>(fn: () => Result): Result {
    try {
      return this.incoming.enter(fn);
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  /**
   * Emits an event in the context of the work. A listener that is an async function is a part of the work until its promise settles. Other
   * promises are left alone: their rejection may be handled elsewhere, and to watch one would make a second promise that rejects.
   */
  emit(emitter: EventEmitter, args: ArrayLike<unknown>, emit: () => boolean): boolean {
    const listeners = asyncListenersOf(emitter, args[0]);
    return this.run(listeners === undefined ? emit : () => this.callEach(listeners, emitter, args));
  }

  /** What `emit()` of Node does, which drops the promises. */
  private callEach(listeners: readonly Listener[], emitter: EventEmitter, args: ArrayLike<unknown>): true {
    const values = Array.prototype.slice.call(args, 1);
    for (const listener of listeners) {
      const result: unknown = Reflect.apply(listener, emitter, values);
      if (isAsync(listener) && result instanceof Promise) this.follow(result);
    }
    return true;
  }

  /** Only an async function has made the promise, so nothing else handles its rejection: it is passed on for Node to report. */
  private follow(promise: Promise<unknown>): void {
    this.addPart();
    void promise.then(
      () => this.endPart(),
      (error) => {
        this.fail(error);
        throw error;
      },
    );
  }
}

/** The listeners of an event if one of them is an async function, and Node would do no more than call them. */
function asyncListenersOf(emitter: EventEmitter, type: unknown): readonly Listener[] | undefined {
  try {
    // Node takes the promises itself then; and with a domain, it calls listeners within it.
    if (EventEmitter.captureRejections || (emitter as { domain?: unknown }).domain) return undefined;
    const listeners = EventEmitter.prototype.rawListeners.call(
      emitter,
      type as string,
    ) as unknown as readonly Listener[];
    return listeners.some(isAsync) ? listeners : undefined;
  } catch (error) {
    countFault(error);
    return undefined;
  }
}

function isAsync(listener: Listener): boolean {
  const { listener: wrapped } = listener; // that of once()
  return isAsyncFunction(wrapped ?? listener);
}

function isAsyncFunction(fn: unknown): boolean {
  return typeof fn === 'function' && (fn as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === 'AsyncFunction';
}

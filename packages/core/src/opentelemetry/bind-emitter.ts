/** Binds the listeners of an event emitter to a context. */
import type { EventEmitter } from 'node:events';

type Listener = (this: unknown, ...args: unknown[]) => unknown;

/** Runs a listener in the context that the emitter is bound to. */
export type RunListener = (listener: Listener, self: unknown, args: readonly unknown[]) => unknown;

/** What Node's own wrapper of `once()` has: `removeListener()`, `off()` and `listeners()` of all versions know it. */
interface BoundListener extends Listener {
  listener?: Listener;
}

/**
 * Makes the listeners that are added from now on run through `run`. They are removed, and listed, by the function that was added.
 *
 * @param emitter It gets own methods `on`, `once` and so on. If it cannot have them, it stays as it is. Never throws.
 */
export function bindEmitter(emitter: EventEmitter, run: RunListener): void {
  const always = (add: Add) =>
    function addBound(this: EventEmitter, event: string | symbol, listener: Listener): EventEmitter {
      return add.call(this, event, typeof listener === 'function' ? toBound(listener, run) : listener);
    };
  // The method that adds for good, and not the emitter's own once(): that would call the method replaced here, with a wrapper that could
  // then be found by nothing.
  const once = (add: Add) =>
    function addBoundOnce(this: EventEmitter, event: string | symbol, listener: Listener): EventEmitter {
      return add.call(this, event, typeof listener === 'function' ? toBoundOnce(this, event, listener, run) : listener);
    };
  try {
    const { on, addListener, prependListener } = emitter as unknown as Record<string, Add>;
    replace(emitter, 'on', on && always(on));
    replace(emitter, 'addListener', addListener && always(addListener));
    replace(emitter, 'prependListener', prependListener && always(prependListener));
    replace(emitter, 'once', on && once(on));
    replace(emitter, 'prependOnceListener', prependListener && once(prependListener));
  } catch {
    // A frozen emitter.
  }
}

type Add = (this: EventEmitter, event: string | symbol, listener: Listener) => EventEmitter;

/** Not enumerable, so that a copy of the emitter's properties does not have it. */
function replace(emitter: EventEmitter, name: string, value: Add | undefined): void {
  if (value !== undefined) Object.defineProperty(emitter, name, { value, configurable: true, writable: true });
}

function toBound(listener: Listener, run: RunListener): BoundListener {
  const bound: BoundListener = function (this: unknown, ...args) {
    return run(listener, this, args);
  };
  bound.listener = listener;
  return bound;
}

function toBoundOnce(
  emitter: EventEmitter,
  event: string | symbol,
  listener: Listener,
  run: RunListener,
): BoundListener {
  let hasRun = false;
  const bound: BoundListener = function (this: unknown, ...args) {
    if (hasRun) return undefined;
    hasRun = true;
    emitter.removeListener(event, bound);
    return run(listener, this, args);
  };
  bound.listener = listener;
  return bound;
}

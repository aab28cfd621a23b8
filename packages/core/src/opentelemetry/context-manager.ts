/** OpenTelemetry's context manager on Waymark's one `AsyncLocalStorage`: both sides see the same active span and baggage. */
import { EventEmitter } from 'node:events';
import { processState } from '../process-state.ts';
import type { OpenTelemetryContext, OpenTelemetryContextManager } from './api-types.ts';
import { bindEmitter } from './bind-emitter.ts';
import type { ContextViews } from './bridge-context.ts';

const { storage } = processState;

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** Makes a context manager. All have the same active context, that of the process. */
export function createContextManager(views: ContextViews): OpenTelemetryContextManager {
  return new WaymarkContextManager(views);
}

/** A class, since other tracers show its name: they say who has registered. */
class WaymarkContextManager implements OpenTelemetryContextManager {
  readonly #views: ContextViews;
  readonly #boundEmitters = new WeakSet<EventEmitter>();

  constructor(views: ContextViews) {
    this.#views = views;
  }

  active(): OpenTelemetryContext {
    return this.#views.fromWaymark(storage.getStore());
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: OpenTelemetryContext,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    const entered = this.#views.viewOf(context).toContext();
    if (thisArg === undefined || thisArg === null) return storage.run(entered, fn, ...args);
    return storage.run(entered, () => Reflect.apply(fn, thisArg, args));
  }

  bind<T>(context: OpenTelemetryContext, target: T): T {
    if (typeof target === 'function') return this.#bindFunction(context, target as unknown as AnyFunction) as T;
    if (!isEmitter(target)) return target;
    // The first context stays, as in OpenTelemetry's own context manager: contrib's HTTP instrumentation and others bind requests.
    if (this.#boundEmitters.has(target)) return target;
    this.#boundEmitters.add(target);
    bindEmitter(target, (fn, self, args) =>
      storage.run(this.#views.viewOf(context).toContext(), () => Reflect.apply(fn, self, args)),
    );
    return target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    return this;
  }

  attach(context: OpenTelemetryContext): { dispose(): void; [Symbol.dispose](): void } {
    const before = storage.getStore();
    storage.enterWith(this.#views.viewOf(context).toContext());
    let isAttached = true;
    const dispose = (): void => {
      if (!isAttached) return;
      isAttached = false;
      storage.enterWith(before as never); // `undefined` outside any
    };
    return { dispose, [Symbol.dispose]: dispose };
  }

  #bindFunction(context: OpenTelemetryContext, fn: AnyFunction): AnyFunction {
    const view = this.#views.viewOf(context);
    const bound = function (this: unknown, ...args: unknown[]): unknown {
      return storage.run(view.toContext(), () => Reflect.apply(fn, this, args));
    };
    copyFacts(fn, bound);
    return bound;
  }
}

/** Libraries look at `length`: Express at that of an error handler, mocha and yargs at that of a callback. */
function copyFacts(from: AnyFunction, to: AnyFunction): void {
  try {
    Object.defineProperty(to, 'length', { value: from.length, configurable: true });
    Object.defineProperty(to, 'name', { value: from.name, configurable: true });
  } catch {
    // A proxy that does not show them.
  }
}

function isEmitter(value: unknown): value is EventEmitter {
  try {
    return value instanceof EventEmitter;
  } catch {
    return false; // a proxy
  }
}

// Counts calls of Node's functions that have a cost in each request. Loaded before the packages, which keep references to them.
import asyncHooks, { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';

export const calls = { contextsOfWaymark: 0, contextRuns: 0, listeners: 0 };

class CountedStorage<Store> extends AsyncLocalStorage<Store> {
  constructor() {
    super();
    if (/waymark-allocation/.test(new Error().stack ?? '')) calls.contextsOfWaymark++;
  }
}
// A getter without a setter since Node 22.
Object.defineProperty(asyncHooks, 'AsyncLocalStorage', { value: CountedStorage });

const { run } = AsyncLocalStorage.prototype;
AsyncLocalStorage.prototype.run = function countedRun(this: AsyncLocalStorage<unknown>, ...args: unknown[]) {
  calls.contextRuns++;
  return Reflect.apply(run, this, args);
} as typeof run;

const { on } = EventEmitter.prototype;
EventEmitter.prototype.on = function countedOn(...args) {
  calls.listeners++;
  return on.apply(this, args);
};

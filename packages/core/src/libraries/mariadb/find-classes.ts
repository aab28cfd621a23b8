/**
 * The classes of pools and connections. mariadb exports functions only, in a form that cannot be replaced, so it is asked for a pool
 * that is never used. That pool opens no connection and sets no timer.
 */
import { EventEmitter } from 'node:events';
import { contained } from '../../count-fault.ts';
import { readProperty } from '../../read-property.ts';
import type { InnerPool, Methods } from './mariadb-types.ts';

export interface MariadbClasses {
  readonly pool: Methods;
  /** Of the pool behind it. */
  readonly innerPool: Methods;
  /** Calls back with the prototype of connections: at once, or in a microtask with the promise API. */
  onConnectionClass(found: (connection: Methods) => void): void;
}

interface Exports {
  createPool?(options: object): object;
}

type GetConnection = (...args: unknown[]) => unknown;

/** @returns `undefined` for other exports. */
export function findClasses(moduleExports: unknown): MariadbClasses | undefined {
  const { createPool } = (moduleExports ?? {}) as Exports;
  if (typeof createPool !== 'function' || typeof readProperty(moduleExports, 'importFile') !== 'function') {
    const defaultExport = readProperty(moduleExports, 'default');
    return defaultExport === undefined || defaultExport === moduleExports ? undefined : findClasses(defaultExport);
  }
  const { result: outer, made } = watchEmitters(() => createPool({ connectionLimit: 1, minimumIdle: 0 }));
  const inner = made.find((emitter) => emitter !== outer && hasMethods(emitter, ['getConnection', 'taskQueueSize']));
  if (inner === undefined || !hasMethods(outer, ['getConnection', 'query', 'execute', 'batch', 'taskQueueSize']))
    return undefined;
  return {
    pool: Object.getPrototypeOf(outer),
    innerPool: Object.getPrototypeOf(inner),
    onConnectionClass(found) {
      const connected = contained((connection: unknown) => {
        const prototype: unknown = Object.getPrototypeOf(connection);
        if (hasMethods(prototype, ['query', 'execute', 'batch'])) found(prototype);
      });
      getUnusedConnection(outer as object & { getConnection: GetConnection }, inner, connected);
    },
  };
}

function hasMethods(value: unknown, names: readonly string[]): value is Methods {
  return names.every((name) => typeof readProperty(value, name) === 'function');
}

/** Runs `fn`, and lists the emitters that it makes: the pool behind the pool is private. */
function watchEmitters<Result>(fn: () => Result): { readonly result: Result; readonly made: readonly object[] } {
  const made: object[] = [];
  const emitters = EventEmitter as unknown as { init(this: object, options: unknown): void };
  const { init } = emitters;
  emitters.init = function initAndList(options) {
    made.push(this);
    Reflect.apply(init, this, [options]);
  };
  try {
    return { result: fn(), made };
  } finally {
    emitters.init = init;
  }
}

/** A connection that leads nowhere. */
const unused = { opts: {}, info: {}, release() {}, on() {}, once() {} };

function getUnusedConnection(
  outer: { getConnection: GetConnection },
  inner: InnerPool,
  connected: (connection: unknown) => void,
): void {
  Object.defineProperty(inner, 'getConnection', {
    value: (...args: unknown[]) => {
      const callback = args.at(-1);
      return typeof callback === 'function' ? callback(null, unused) : Promise.resolve(unused);
    },
  });
  const promise = outer.getConnection((_error: unknown, connection: unknown) => connected(connection));
  if (promise instanceof Promise) promise.then(connected, () => {});
}

/**
 * Prisma's client collects the `findUnique` calls of one tick, to join those that are alike into one statement. The others it sends one
 * by one, all in the context of the first: their statements would be below an operation of another request. Here each is sent in the
 * context of its own operation, and a joined statement in that of its first one.
 *
 * The contract has no place for this, so the client's class is needed.
 */
import Module from 'node:module';
import { currentContext, withContext } from '../../active-context.ts';
import type { Context } from '../../context.ts';
import { contained } from '../../count-fault.ts';
import { readProperty } from '../../read-property.ts';
import { wrapOnce } from '../wrap-once.ts';

/** The parts of a client of 5 to 7 that are used here. */
interface Client {
  _request(...args: unknown[]): unknown;
  readonly _requestHandler?: { readonly dataloader?: Loader };
}

interface Loader {
  request(request: object): unknown;
  readonly options?: {
    singleLoader(request: object): unknown;
    batchLoader(requests: readonly object[]): unknown;
  };
}

/** The context of each operation, by the request that it makes. */
const callers = new WeakMap<object, Context>();

/** @param client An instance, or the class `PrismaClient`. */
export function keepCallers(client: object): boolean {
  const prototype = typeof client === 'function' ? (client.prototype as unknown) : Object.getPrototypeOf(client);
  const owner = ownerOfRequest(prototype);
  if (owner === undefined) return false;
  const prepare = contained(wrapLoader);
  wrapOnce(owner, '_request', (original) => {
    return function _request(this: Client, ...args) {
      prepare(this._requestHandler?.dataloader);
      return original.apply(this, args);
    };
  });
  return true;
}

/** The class of a client that was extended by `$extends()` is further up. */
function ownerOfRequest(prototype: unknown): Client | undefined {
  for (
    let owner: unknown = prototype;
    typeof owner === 'object' && owner !== null;
    owner = Object.getPrototypeOf(owner)
  ) {
    if (Object.hasOwn(owner, '_request') && typeof readProperty(owner, '_request') === 'function')
      return owner as Client;
  }
  return undefined;
}

const prepared = new WeakSet<Loader>();

function wrapLoader(loader: Loader | undefined): void {
  if (loader?.options === undefined || prepared.has(loader)) return;
  prepared.add(loader);
  const note = contained((request: object) => {
    const caller = currentContext();
    if (caller !== undefined) callers.set(request, caller);
  });
  wrapOnce(Object.getPrototypeOf(loader) as Loader, 'request', (original) => {
    return function request(this: Loader, asked: object) {
      note(asked);
      return original.call(this, asked);
    };
  });
  wrapOnce(loader.options, 'singleLoader', (original) => {
    return function singleLoader(this: unknown, asked: object) {
      return inContextOf(asked, () => original.call(this, asked));
    };
  });
  wrapOnce(loader.options, 'batchLoader', (original) => {
    return function batchLoader(this: unknown, asked: readonly object[]) {
      return inContextOf(asked[0], () => original.call(this, asked));
    };
  });
}

function inContextOf<Result>(request: object | undefined, run: () => Result): Result {
  const caller = request === undefined ? undefined : callers.get(request);
  return caller === undefined ? run() : withContext(caller, run);
}

/** The generated clients that the process has loaded from `node_modules`. */
export function keepCallersOfLoaded(): void {
  const cache = readProperty(Module, '_cache') as Readonly<Record<string, { readonly exports?: unknown } | undefined>>;
  for (const path of Object.keys(cache ?? {})) {
    if (!/[\\/]\.prisma[\\/]client[\\/](?:default|index)\.js$/.test(path)) continue;
    const client = readProperty(cache[path]?.exports, 'PrismaClient');
    if (typeof client === 'function') keepCallers(client);
  }
}

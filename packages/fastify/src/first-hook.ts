/** Puts a hook before those that were registered earlier, which `addHook()` cannot. */
import type { FastifyInstance } from 'fastify';

type OnRequest = (...args: never[]) => void;

/** Marks the hooks of all copies of this package: they keep their order among themselves. */
const ourHook: unique symbol = Symbol.for('waymark.fastify.on-request.v1') as never;

/** What is read of Fastify's own objects, which have no documentation. */
interface Scope {
  readonly hooks: unknown[] | undefined;
  readonly children: readonly FastifyInstance[];
}

/**
 * Adds an `onRequest` hook to an instance and to the scopes in it, in front of all others.
 *
 * Fastify hands hooks down to the scopes that exist already, but appends them. Its lists of hooks are only read when the
 * application is ready, and so they can be put in order until then: under symbols that 4.0 to 5.12 have alike. Where a version
 * to come has none, the hook stays where Fastify put it.
 */
export function addFirstHook(instance: FastifyInstance, hook: OnRequest): void {
  Object.defineProperty(hook, ourHook, { value: true });
  instance.addHook('onRequest', hook as never); // its type has three overloads
  // Fastify queues addHook() until what was registered before is loaded; this comes behind it.
  instance.after((error) => {
    moveToFront(instance, hook);
    if (error) throw error;
  });
}

function moveToFront(instance: FastifyInstance, hook: OnRequest): void {
  const { hooks, children } = scopeOf(instance);
  const index = hooks?.lastIndexOf(hook) ?? -1;
  if (hooks !== undefined && index !== -1) {
    hooks.splice(index, 1);
    const place = hooks.findIndex((other) => !Object.hasOwn(Object(other), ourHook));
    hooks.splice(place === -1 ? hooks.length : place, 0, hook);
  }
  for (const child of children) moveToFront(child, hook);
}

function scopeOf(instance: FastifyInstance): Scope {
  const lists = ownByDescription(instance, 'fastify.hooks') as { readonly onRequest?: unknown } | undefined; // looked at
  const children = ownByDescription(instance, 'fastify.children');
  return {
    hooks: Array.isArray(lists?.onRequest) ? lists.onRequest : undefined,
    children: Array.isArray(children) ? children : [],
  };
}

function ownByDescription(instance: FastifyInstance, description: string): unknown {
  const key = Object.getOwnPropertySymbols(instance).find((symbol) => symbol.description === description);
  return key === undefined ? undefined : Reflect.get(instance, key);
}

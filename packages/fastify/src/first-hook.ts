/** Adds a hook before those that were registered earlier, which `addHook()` cannot do. */
import type { FastifyInstance } from 'fastify';

type OnRequest = (...args: never[]) => void;

/** Marks the hooks of all copies of this package, which keep their order. */
const ourHook: unique symbol = Symbol.for('waymark.fastify.on-request.v1') as never;

/** The undocumented properties of Fastify's objects that this file reads. */
interface Scope {
  readonly hooks: unknown[] | undefined;
  readonly children: readonly FastifyInstance[];
}

/**
 * Adds an `onRequest` hook to an instance and its child scopes, before all other hooks.
 *
 * Fastify appends a new hook in the scopes that exist already. It reads its lists of hooks only when the application is ready, so this
 * function can reorder them before. The lists are under symbols that are the same in 4.0 to 5.12. In a version without them, the hook
 * stays where Fastify has put it.
 */
export function addFirstHook(instance: FastifyInstance, hook: OnRequest): void {
  Object.defineProperty(hook, ourHook, { value: true });
  instance.addHook('onRequest', hook as never); // its type has three overloads
  // Fastify queues addHook() until earlier plugins are loaded. after() runs once the hook is there.
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

/** An instance and all its child scopes, as far as they are known now. */
export function scopesBelow(instance: FastifyInstance): readonly FastifyInstance[] {
  return [instance, ...scopeOf(instance).children.flatMap(scopesBelow)];
}

function scopeOf(instance: FastifyInstance): Scope {
  const lists = ownByDescription(instance, 'fastify.hooks') as { readonly onRequest?: unknown } | undefined; // its type is checked
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

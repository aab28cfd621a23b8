/** The encapsulated instances below one. */
import type { FastifyInstance } from 'fastify';

/**
 * Visits an instance and those that exist below it already: a child takes its hooks from its parent when it is made, so
 * what was registered before the tracing plugin would go untraced.
 */
export function eachScope(instance: FastifyInstance, visit: (scope: FastifyInstance) => void): void {
  visit(instance);
  for (const child of childrenOf(instance)) eachScope(child, visit);
}

// Fastify keeps them under a symbol of its own, in 4 and 5 alike, and has no other way to ask.
function childrenOf(instance: FastifyInstance): readonly FastifyInstance[] {
  const key = Object.getOwnPropertySymbols(instance).find(({ description }) => description === 'fastify.children');
  if (key === undefined) return [];
  const children = (instance as unknown as Record<symbol, unknown>)[key]; // looked at on the next line
  return Array.isArray(children) ? children : [];
}

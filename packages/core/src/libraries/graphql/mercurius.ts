/**
 * Mercurius, by the function that it decorates the application with, and that its routes call for each operation. It runs cached
 * operations by graphql-jit, and has taken `execute` from GraphQL when it was loaded, so neither shows all of them.
 */
import { contained } from '../../count-fault.ts';
import { describeValue, WaymarkError } from '../../errors.ts';
import { noteLibrary } from '../../found-libraries.ts';
import { readProperty } from '../../read-property.ts';
import { runExecution } from './engine-functions.ts';
import { beginExecution } from './execution.ts';
import { isParsedDocument } from './operation-facts.ts';
import { traceSchema } from './trace-schema.ts';

type GraphqlFunction = ((source: unknown, context?: unknown, variables?: unknown, name?: unknown) => unknown) & {
  readonly schema?: unknown;
};

const tracedKey: unique symbol = Symbol.for('waymark.mercurius.v1') as never;

/**
 * Traces the operations of Mercurius 14 to 16. `tracing()` of `@waymark/fastify` does so by itself; this function is for applications
 * without it.
 *
 * @param app A Fastify application, after Mercurius was registered and loaded: in `app.after()`, or after `await app.register()`.
 * @returns What was given. May be called again.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it has no Mercurius.
 * @example
 * await app.register(mercurius, { schema, resolvers });
 * traceMercurius(app);
 */
export function traceMercurius<App extends object>(app: App): App {
  if (!wrapGraphql(app)) {
    const message = `traceMercurius(app) takes an application with Mercurius, got ${describeValue(app)}. Call it after await app.register(mercurius).`;
    throw new WaymarkError('WAYMARK_INVALID_OPTION', message);
  }
  noteLibrary({ name: 'graphql', version: undefined, tracedBy: 'methods' });
  return app;
}

/** @returns Whether the application has Mercurius. */
export function wrapGraphql(app: unknown): boolean {
  const graphql = readProperty(app, 'graphql');
  if (typeof graphql !== 'function' || typeof readProperty(graphql, 'addHook') !== 'function') return false;
  if (readProperty(graphql, tracedKey) === globalThis) return true;
  // Its other functions and properties stay those of the original.
  const traced = new Proxy(graphql as GraphqlFunction, {
    apply(target, self, args) {
      const execution = begin(target, args[0], args[1], args[3]);
      const run = () => Reflect.apply(target, self, args) as unknown;
      return execution === undefined ? run() : runExecution(execution, run);
    },
    get: (target, key) => (key === tracedKey ? globalThis : Reflect.get(target, key)),
  });
  // On the instance that it is a property of: children inherit it.
  const owner = ownerOf(app as object, 'graphql');
  const descriptor = Object.getOwnPropertyDescriptor(owner, 'graphql');
  if (descriptor?.configurable !== true) return false;
  Object.defineProperty(owner, 'graphql', { ...descriptor, value: traced });
  return true;
}

function ownerOf(object: object, name: string): object {
  let owner = object;
  while (!Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner) as object; // some prototype has it
  return owner;
}

const begin = contained((graphql: GraphqlFunction, source: unknown, contextValue: unknown, operationName: unknown) => {
  if (typeof source !== 'string' && !isParsedDocument(source)) return undefined;
  const execution = beginExecution(source, operationName, contextValue, 'unchecked');
  if (execution !== undefined) traceSchema(graphql.schema);
  return execution;
});

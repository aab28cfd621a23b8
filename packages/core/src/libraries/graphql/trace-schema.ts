/**
 * The resolvers of a schema, for GraphQL 16, which publishes nothing of them. The function of each field that has one is replaced, once:
 * every engine reads it there. Fields without a function are left alone.
 */
import { contained } from '../../count-fault.ts';
import { processState } from '../../process-state.ts';
import { wrapOnce } from '../wrap-once.ts';
import { currentExecution } from './execution.ts';
import { type ResolveInfo, ResolverCall } from './resolver-call.ts';
import { watchSource } from './subscription.ts';

const { storage } = processState;

type Resolver = (this: unknown, source: unknown, args: unknown, contextValue: unknown, info: ResolveInfo) => unknown;

interface Field {
  resolve?: Resolver | undefined;
  /** Of a subscription: returns the stream of events. */
  subscribe?: ((...args: never[]) => unknown) | undefined;
}

/** A schema of graphql 15 or 16. */
interface Schema {
  getTypeMap(): Readonly<Record<string, { readonly name?: unknown; getFields?(): Readonly<Record<string, Field>> }>>;
}

const tracedSchemas = new WeakSet<object>();

/** Replaces the resolvers of a schema. May be called at each operation. */
export const traceSchema: (schema: unknown) => void = contained((schema: unknown) => {
  if (typeof schema !== 'object' || schema === null || tracedSchemas.has(schema)) return;
  tracedSchemas.add(schema); // first: a schema that cannot be traced is not tried again
  const types = (schema as Partial<Schema>).getTypeMap?.() ?? {};
  for (const type of Object.values(types)) {
    if (typeof type.getFields !== 'function' || String(type.name).startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      if (Object.isFrozen(field)) continue;
      if (typeof field.resolve === 'function') {
        wrapOnce(field as Required<Field>, 'resolve', (original) => traceResolver(original as Resolver));
      }
      if (typeof field.subscribe === 'function') wrapOnce(field as Required<Field>, 'subscribe', traceSource);
    }
  }
});

/** What makes the stream of a subscription's events. */
function traceSource(original: (...args: unknown[]) => unknown): (...args: unknown[]) => unknown {
  return function subscribe(this: unknown, ...args) {
    const source = original.apply(this, args);
    return source instanceof Promise ? source.then(watchSource) : watchSource(source);
  };
}

/** A resolver whose calls have spans where they do something. */
export function traceResolver(original: Resolver): Resolver {
  return function resolve(this: unknown, source, args, contextValue, info) {
    const call = beginCall(contextValue, info);
    if (call === undefined) return original.call(this, source, args, contextValue, info);
    return runCall(call, original, this, source, args, contextValue, info);
  };
}

const beginCall = contained((contextValue: unknown, info: ResolveInfo): ResolverCall | undefined => {
  const execution = currentExecution(contextValue);
  if (execution === undefined || execution.maxResolvers === 0) return undefined;
  return new ResolverCall(execution, info.parentType.name, info.fieldName, info.path);
});

function runCall(call: ResolverCall, original: Resolver, self: unknown, ...args: Parameters<Resolver>): unknown {
  let result: unknown;
  try {
    result =
      self === undefined
        ? storage.run(call, original as (...args: Parameters<Resolver>) => unknown, ...args)
        : storage.run(call, () => original.apply(self, args));
  } catch (error) {
    call.fail(error);
    throw error;
  }
  return call.finish(result);
}

/**
 * GraphQL's own resolver: the property of that name, or what it returns as a method. Methods, such as those of a `rootValue`, are
 * traced; the rest is what makes up most fields, and costs nothing here.
 */
const callMethod = traceResolver((source, args, contextValue, info) =>
  (source as Record<string, (args: unknown, contextValue: unknown, info: ResolveInfo) => unknown>)[info.fieldName]?.(
    args,
    contextValue,
    info,
  ),
);

export const defaultResolver: Resolver = (source, args, contextValue, info) => {
  if ((typeof source !== 'object' || source === null) && typeof source !== 'function') return undefined;
  const property = (source as Readonly<Record<string, unknown>>)[info.fieldName];
  return typeof property === 'function' ? callMethod(source, args, contextValue, info) : property;
};

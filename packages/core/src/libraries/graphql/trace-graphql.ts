/**
 * GraphQL by its own package, of version 16 and later, whatever server calls it; and the engine of GraphQL Yoga.
 *
 * Version 17 publishes what it does. For version 16 the functions of its CommonJS modules are replaced, where the other modules of the
 * package read them at each call. A function that an ES module, or a destructured `require()`, has taken before stays as it was:
 * apollo.ts, yoga.ts and mercurius.ts trace the servers that do so.
 */

import { describeValue, WaymarkError } from '../../errors.ts';
import { noteLibrary } from '../../found-libraries.ts';
import type { Trace } from '../trace.ts';
import { type WrapOutcome, wrapOnce } from '../wrap-once.ts';
import { traceApollo } from './apollo.ts';
import { wrapExecute, wrapParse, wrapSubscribe, wrapValidate } from './engine-functions.ts';
import { wrapGraphql } from './mercurius.ts';
import { subscribeGraphql } from './native-channels.ts';

// biome-ignore lint/suspicious/noExplicitAny: engines' functions, whose arguments are passed on
type EngineFunction = (this: any, ...args: any[]) => unknown;

/** What is replaced in the exports of each module of version 16, by the name of the function. */
const replaced: Readonly<Record<string, (original: EngineFunction) => EngineFunction>> = {
  execute: wrapExecute,
  subscribe: wrapSubscribe,
  parse: wrapParse,
  validate: wrapValidate,
};

/** Some of GraphQL's functions. */
export interface GraphqlFunctions {
  /** Of the package `graphql`, or one that takes the same arguments. */
  readonly execute?: unknown;
  /** Of the package `graphql`, or one that takes the same arguments. */
  readonly subscribe?: unknown;
  /** Of the package `graphql`. */
  readonly parse?: unknown;
  /** Of the package `graphql`. */
  readonly validate?: unknown;
}

/**
 * Returns functions of GraphQL 16 as traced ones, for servers that take them as options: where `tracing()` cannot replace them, in ES
 * modules and bundles. It does no harm elsewhere: an operation has one span.
 *
 * @param functions At least `execute`; also `subscribe`, `parse` and `validate`.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it has none of them.
 * @example
 * createHandler({ schema, ...traceGraphql({ execute, parse, validate }) }); // graphql-http
 * useServer({ schema, ...traceGraphql({ execute, subscribe }) }, webSockets); // graphql-ws
 */
export function traceGraphql<Functions extends GraphqlFunctions>(functions: Functions): Functions {
  const traced: Record<string, unknown> = {};
  for (const [name, wrap] of Object.entries(replaced)) {
    const fn: unknown = (functions as GraphqlFunctions | undefined)?.[name as keyof GraphqlFunctions];
    if (typeof fn !== 'function') continue;
    const owner = { [name]: fn as EngineFunction };
    wrapOnce(owner, name, wrap);
    traced[name] = owner[name];
  }
  if (Object.keys(traced).length === 0) {
    const given = describeValue(functions);
    const message = `traceGraphql({ execute, subscribe }) takes functions of graphql, got ${given}.`;
    throw new WaymarkError('WAYMARK_INVALID_OPTION', message);
  }
  noteLibrary({ name: 'graphql', version: undefined, tracedBy: 'methods' });
  return { ...functions, ...traced };
}

/** @param moduleExports `undefined` for version 17 as an ES module, which is known by what it publishes. */
export const traceGraphqlModule: Trace = (moduleExports, version, settings) => {
  const byApollo = traceApollo(moduleExports, version, settings);
  if (byApollo !== undefined) return byApollo;
  if (wrapGraphql(moduleExports)) return 'methods';
  if (moduleExports === undefined || isAtLeast17(moduleExports, version)) {
    subscribeGraphql();
    return 'channel';
  }
  const outcomes = replaceFunctions(moduleExports);
  if (outcomes.length === 0) return undefined;
  return outcomes.includes('foreign') ? 'foreign' : 'methods';
};

function isAtLeast17(moduleExports: unknown, version: string | undefined): boolean {
  const major = Number.parseInt(version ?? '', 10);
  return Number.isNaN(major)
    ? typeof moduleExports === 'object' && moduleExports !== null && 'experimentalExecuteIncrementally' in moduleExports
    : major >= 17;
}

function replaceFunctions(moduleExports: unknown): readonly WrapOutcome[] {
  if (typeof moduleExports !== 'object' || moduleExports === null) return [];
  const owner = moduleExports as Record<string, EngineFunction>;
  return Object.keys(replaced).flatMap((name) => {
    const descriptor = Object.getOwnPropertyDescriptor(owner, name);
    const wrap = replaced[name];
    // A getter, as in an index, shows what the module has that is replaced.
    if (wrap === undefined || descriptor?.configurable !== true || !('value' in descriptor)) return [];
    return [wrapOnce(owner, name, wrap)];
  });
}

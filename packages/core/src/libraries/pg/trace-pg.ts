/** Finds the classes of pg and pg-pool, and wraps their methods. */
import type { TracedBy } from '../../found-libraries.ts';
import type { AnyFunction } from '../run-in-caller.ts';
import { traceGiven } from '../trace-given.ts';
import { type WrapOutcome, wrapOnce } from '../wrap-once.ts';
import { tracedQuery } from './client-query.ts';
import { tracedClientConnect, tracedNewClient, tracedPoolConnect, tracedPoolQuery } from './connect.ts';
import { createDriver, subscribeToPg } from './native-channel.ts';

/**
 * Traces [node-postgres](https://node-postgres.com) 8. `tracing()` and `getTracer()` do it by themselves for a pg that they can find;
 * call this in a bundle, or for a class that they cannot.
 *
 * - Each query below an active span has a client span: of `client.query()` and `pool.query()`, with a callback, a promise, or a
 *   query object such as a cursor or a stream, of prepared statements, COPY, LISTEN, and everything that Knex, Kysely, Drizzle, TypeORM
 *   and Sequelize send through pg. A cursor or stream has one span, until it is exhausted, closed or fails.
 * - A span begins when the client gets the query. The wait for a client of a full pool comes before it.
 * - A connection that cannot be made has a span with its error: that of the statement for `pool.query()`, otherwise `connect`.
 * - Callbacks, and the events of query objects, run in the context of the code that passed them.
 *
 * Not traced: a connection that is made, and `pg.native`, which `tracePg(pg.native)` traces.
 *
 * @param pg The exports of `pg`, a class `Client`, a client or a pool. The exports of `pg-pool` are taken too; its clients are those of
 *   `pg`, which must be passed as well.
 * @returns What was given.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @example
 * import pg from 'pg';
 * tracePg(pg);
 */
export function tracePg<Pg extends object>(pg: Pg): Pg {
  return traceGiven('pg', wrapPg, pg, 'tracePg(pg)', 'the exports of pg, a client or a pool');
}

interface ClassOrExports {
  readonly Client?: unknown;
  readonly Pool?: unknown;
  readonly default?: unknown;
  readonly prototype?: unknown;
}

/** For the table of libraries. */
export function wrapPg(given: unknown): TracedBy | 'foreign' | undefined {
  if ((typeof given !== 'object' && typeof given !== 'function') || given === null) return undefined;
  const { Client, Pool, default: defaultExport, prototype } = given as ClassOrExports;
  const outcomes = [
    ...wrapPrototype(given), // a client or a pool
    ...wrapPrototype(prototype),
    ...wrapClass(Client),
    ...wrapClass(Pool),
  ];
  // `import * as pg` has the exports as `default`, too.
  if (outcomes.length === 0) return defaultExport === undefined ? undefined : wrapPg(defaultExport);
  if (outcomes.includes('foreign')) return 'foreign';
  subscribeToPg();
  return 'methods';
}

function wrapClass(value: unknown): readonly WrapOutcome[] {
  return typeof value === 'function' ? wrapPrototype(value.prototype) : [];
}

/** The methods of a class, each on the prototype that implements it for all subclasses. */
function wrapPrototype(start: unknown): readonly WrapOutcome[] {
  if (typeof start !== 'object' || start === null) return [];
  if (hasMethods(start, ['connect', 'query', 'newClient'])) {
    return [
      wrapOwner(start, 'query', tracedPoolQuery),
      wrapOwner(start, 'connect', tracedPoolConnect),
      wrapOwner(start, 'newClient', tracedNewClient),
    ];
  }
  if (hasMethods(start, ['connect', 'query', '_pulseQueryQueue'])) {
    const driver = createDriver();
    return [
      wrapOwner(start, 'query', (original) => tracedQuery(original, driver)),
      wrapOwner(start, 'connect', tracedClientConnect),
    ];
  }
  return [];
}

function hasMethods(value: object, names: readonly string[]): boolean {
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
}

function wrapOwner(start: object, name: string, wrap: (original: AnyFunction) => AnyFunction): WrapOutcome {
  let owner = start;
  for (let next: object | null = start; next !== null; next = Object.getPrototypeOf(next)) {
    if (Object.hasOwn(next, name)) owner = next;
  }
  return wrapOnce(owner as Record<string, AnyFunction>, name, wrap);
}

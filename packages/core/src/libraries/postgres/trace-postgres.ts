/** Finds the class of queries in postgres.js, and wraps its method. */
import type { TracedBy } from '../../found-libraries.ts';
import { traceGiven } from '../trace-given.ts';
import { wrapOnce } from '../wrap-once.ts';
import { subscribeToPostgres } from './native-channel.ts';
import type { PostgresQuery, Sql } from './postgres-types.ts';
import { tracedHandle } from './query-handle.ts';
import { rememberServer } from './servers.ts';

/**
 * Traces [Postgres.js](https://github.com/porsager/postgres) 3. `tracing()` and `getTracer()` do it by themselves for one that they can
 * find; call this in a bundle, or for an instance that has the server and the database on its spans.
 *
 * - Each query below an active span has a client span: tagged templates, `unsafe()`, `file()`, those of transactions and
 *   of reserved connections, `describe()`, `listen()` and `notify()`. A cursor, `forEach()` or COPY has one span, until its last row.
 * - A span begins when the query is awaited, and includes the wait for a connection.
 * - The functions passed to `forEach()` and `cursor()` run in the context of the code that passed them.
 *
 * Not traced: connecting, what the driver asks on connecting, and what `subscribe()` replicates. The span of a query says the server and
 * the database only if the instance was passed: neither the query nor the module knows them.
 *
 * @param sql An instance, or the exports of `postgres`.
 * @returns What was given.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @example
 * const sql = tracePostgres(postgres(process.env.DATABASE_URL));
 */
export function tracePostgres<Given>(sql: Given): Given {
  return traceGiven('postgres', wrapPostgres, sql, 'tracePostgres(sql)', 'an instance or the exports of postgres');
}

interface Exports {
  readonly Query?: unknown;
  readonly PostgresError?: unknown;
  readonly options?: unknown;
  readonly unsafe?: unknown;
  readonly default?: unknown;
}

/** For the table of libraries. */
export function wrapPostgres(given: unknown): TracedBy | 'foreign' | undefined {
  if ((typeof given !== 'object' && typeof given !== 'function') || given === null) return undefined;
  const { Query, PostgresError, unsafe, default: defaultExport } = given as Exports;
  if (typeof Query === 'function') return wrapQueries(Query.prototype); // the module with the class
  if (typeof given === 'function' && typeof unsafe === 'function') return wrapInstance(given as unknown as Sql);
  if (typeof given === 'function' && typeof PostgresError === 'function') return wrapInstance(createInstance(given));
  return defaultExport === undefined || defaultExport === given ? undefined : wrapPostgres(defaultExport);
}

/** An instance without connections, for its class of queries. */
function createInstance(postgres: unknown): Sql {
  return (postgres as (options: object) => Sql)({ max: 0, host: 'localhost', port: 5432, no_subscribe: true });
}

function wrapInstance(sql: Sql): TracedBy | 'foreign' | undefined {
  const tracedBy = wrapQueries(Object.getPrototypeOf(sql.unsafe('')));
  if (tracedBy === 'methods') rememberServer(sql);
  return tracedBy;
}

function wrapQueries(prototype: unknown): TracedBy | 'foreign' | undefined {
  if (typeof prototype !== 'object' || prototype === null) return undefined;
  const outcome = wrapOnce(prototype as PostgresQuery & { handle: () => unknown }, 'handle', tracedHandle);
  if (outcome === 'missing') return undefined;
  if (outcome === 'foreign') return 'foreign';
  subscribeToPostgres();
  return 'methods';
}

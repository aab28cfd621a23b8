/** Traces mysql2: by its channels since 3.20, and before by the methods of its classes. */
import type { TracedBy } from '../../found-libraries.ts';
import { traceGiven } from '../trace-given.ts';
import { type WrapOutcome, wrapOnce } from '../wrap-once.ts';
import { bindCallback, inCaller } from './callbacks.ts';
import { subscribeToMysql2 } from './channels.ts';
import { isPublishing, tracedStatement } from './connection-methods.ts';
import { findClasses } from './find-classes.ts';
import type { AnyFunction } from './mysql2-types.ts';
import { tracedGetConnection, tracedPoolStatement } from './pool-methods.ts';
import { tracedPrepare } from './prepared-statements.ts';

/**
 * Traces [mysql2](https://sidorares.github.io/node-mysql2/docs) 3. `tracing()` and `getTracer()` do it by themselves for a mysql2 that
 * they can find; call this in a bundle.
 *
 * - Each `query()` and `execute()` of a connection, a pool or a cluster, and each `execute()` of a prepared statement, has a client
 *   span below the active one: with a callback, a promise, events or a stream, and those that Knex, Kysely, Drizzle, TypeORM and
 *   Sequelize send through mysql2. BEGIN, COMMIT and ROLLBACK have theirs.
 * - A span begins when the connection gets the statement. The wait for a connection of a full pool comes before it.
 * - `db.query.text` has the placeholders of the statement, and `?` for the literals in it. `db.response.returned_rows` is the number
 *   of rows of all its results.
 * - A connection that a pool cannot provide has a span with its error: that of the statement for `pool.query()` and
 *   `pool.execute()`, otherwise `connect`. A `prepare()` that fails has one, too.
 * - Callbacks, and the events of a statement, run in the context of the code that passed them.
 *
 * Not traced: a connection that is made, or that fails without a pool; `ping()`, `changeUser()`, `reset()` and `prepare()`.
 *
 * @param mysql2 The exports of `mysql2` or `mysql2/promise`.
 * @returns What was given.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @example
 * import mysql from 'mysql2/promise';
 * traceMysql2(mysql);
 */
export function traceMysql2<Mysql2 extends object>(mysql2: Mysql2): Mysql2 {
  return traceGiven('mysql2', wrapMysql2, mysql2, 'traceMysql2(mysql2)', 'the exports of mysql2 or mysql2/promise');
}

/** For the table of libraries. */
export function wrapMysql2(moduleExports: unknown): TracedBy | 'foreign' | undefined {
  const classes = findClasses(moduleExports);
  if (classes === undefined) return undefined;
  const { connection, pool } = classes;
  const isOnChannel = isPublishing(connection.query);
  const outcomes = ['query', 'execute'].map((name) => wrapOwner(connection, name, tracedStatement));
  if (outcomes.includes('foreign')) return 'foreign';
  wrapOwner(connection, 'prepare', tracedPrepare);
  for (const name of ['connect', 'ping', 'changeUser', 'reset', 'end'])
    wrapOwner(connection, name, withCallbackInCaller);
  if (!isPublishing(pool.getConnection)) wrapOwner(pool, 'getConnection', tracedGetConnection);
  for (const name of ['query', 'execute']) wrapOwner(pool, name, tracedPoolStatement);
  wrapOwner(pool, 'end', withCallbackInCaller);
  if (isOnChannel) subscribeToMysql2();
  return isOnChannel ? 'channel' : 'methods';
}

/** Wraps a method where it is defined: in some versions the connections of a pool are of another class, with the same parent. */
function wrapOwner(
  start: Record<string, AnyFunction>,
  name: string,
  wrap: (original: AnyFunction) => AnyFunction,
): WrapOutcome {
  let owner = start;
  while (!Object.hasOwn(owner, name) && typeof Object.getPrototypeOf(owner)?.[name] === 'function') {
    owner = Object.getPrototypeOf(owner);
  }
  return wrapOnce(owner, name, wrap);
}

/** For a method that has no span, and a callback. */
function withCallbackInCaller(original: AnyFunction): AnyFunction {
  return function callInCaller(this: unknown, ...args: unknown[]): unknown {
    bindCallback(args, 0, inCaller);
    return Reflect.apply(original, this, args);
  };
}

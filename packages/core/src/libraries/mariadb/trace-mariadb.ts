/** Traces mariadb by the methods of its pools and connections. */
import { currentContext } from '../../active-context.ts';
import type { TracedBy } from '../../found-libraries.ts';
import { knownTracer } from '../../internal-tracer.ts';
import { runInCaller } from '../run-in-caller.ts';
import { traceGiven } from '../trace-given.ts';
import { wrapOnce } from '../wrap-once.ts';
import { beginBatch, beginFixed, beginNamed, beginOnce, beginStatement, type ClientKind } from './begin-call.ts';
import { findClasses } from './find-classes.ts';
import { seePool } from './mariadb-facts.ts';
import type { AnyFunction, Client, Methods } from './mariadb-types.ts';
import { tracedPrepare } from './prepared-statements.ts';
import { byCallback, byPromise, fail, withCallbackInCaller } from './settle.ts';
import { asStream, watchCommand } from './streams.ts';

/**
 * Traces [mariadb](https://mariadb.com/docs/connectors/mariadb-connector-nodejs), from 3.2. `tracing()` and `getTracer()` do it by
 * themselves for a mariadb that they can find; call this in a bundle, or where ES modules import it.
 *
 * - Each `query()`, `execute()`, `batch()` and `importFile()` of a pool, a cluster or a connection has a client span below the active
 *   one, and so have `queryStream()`, `execute()` of a prepared statement, and what begins and ends a transaction. The promise API and
 *   the callback API are traced alike, each by its exports.
 * - The span of a pool's statement includes the wait for a connection, and the error of a connection that cannot be made.
 * - `db.query.text` has the placeholders of the statement, and `?` for the literals in it. `db.response.returned_rows` is the number of
 *   rows of all its results. A batch is one span, with `db.operation.batch.size`.
 * - A `getConnection()` or a `prepare()` that fails has a span.
 * - Callbacks, and the events of streams, run in the context of the code that passed them.
 *
 * Not traced: a connection that is made, or that fails without a pool; `ping()`, `changeUser()`, `reset()` and `prepare()`.
 *
 * @param mariadb The exports of `mariadb` or `mariadb/callback`.
 * @returns What was given.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @example
 * import mariadb from 'mariadb';
 * traceMariadb(mariadb);
 */
export function traceMariadb<Mariadb extends object>(mariadb: Mariadb): Mariadb {
  return traceGiven(
    'mariadb',
    wrapMariadb,
    mariadb,
    'traceMariadb(mariadb)',
    'the exports of mariadb or mariadb/callback',
  );
}

/** For the table of libraries. */
export function wrapMariadb(moduleExports: unknown): TracedBy | 'foreign' | undefined {
  const classes = findClasses(moduleExports);
  if (classes === undefined) return undefined;
  const { pool, innerPool } = classes;
  // The connections of a pool are of the same API as the pool.
  const usesCallbacks = pool.getConnection?.length === 1;
  const wrapAll = usesCallbacks ? wrapWithCallbacks : wrapWithPromises;
  wrapOnce(innerPool, 'taskQueueSize', seePool);
  if (wrapOnce(pool, 'query', statementOf('pool', usesCallbacks)) === 'foreign') return 'foreign';
  wrapAll(pool, 'pool');
  classes.onConnectionClass((connection) => {
    wrapOnce(connection, 'query', statementOf('connection', usesCallbacks));
    wrapAll(connection, 'connection');
  });
  return 'methods';
}

function statementOf(kind: ClientKind, usesCallbacks: boolean): (original: AnyFunction) => AnyFunction {
  const begin = beginStatement(kind);
  if (!usesCallbacks) return byPromise(begin);
  return kind === 'pool' ? byCallback(begin, 2) : byCallback(begin, undefined, watchCommand);
}

function wrapWithPromises(prototype: Methods, kind: ClientKind): void {
  wrapOnce(prototype, 'execute', byPromise(beginStatement(kind)));
  wrapOnce(prototype, 'batch', byPromise(beginBatch(kind)));
  wrapOnce(prototype, 'importFile', byPromise(beginNamed('importFile', kind)));
  if (kind === 'pool') wrapOnce(prototype, 'getConnection', connectByPromise);
  else {
    for (const [name, text] of transactions) wrapOnce(prototype, name, byPromise(beginFixed(text)));
    wrapOnce(prototype, 'queryStream', asStream(beginStatement(kind)));
    wrapOnce(prototype, 'prepare', tracedPrepare);
  }
}

function wrapWithCallbacks(prototype: Methods, kind: ClientKind): void {
  wrapOnce(prototype, 'execute', byCallback(beginStatement(kind), 2));
  wrapOnce(prototype, 'batch', byCallback(beginBatch(kind), 2));
  wrapOnce(prototype, 'importFile', byCallback(beginNamed('importFile', kind), 1));
  if (kind === 'pool') wrapOnce(prototype, 'getConnection', connectByCallback);
  else {
    for (const [name, text] of transactions) wrapOnce(prototype, name, byCallback(beginFixed(text), 0));
    wrapOnce(prototype, 'queryStream', asStream(beginStatement(kind)));
    wrapOnce(prototype, 'prepare', tracedPrepare);
    for (const name of ['connect', 'changeUser', 'ping', 'reset']) wrapOnce(prototype, name, withCallbackInCaller);
  }
  wrapOnce(prototype, 'end', withCallbackInCaller);
}

const transactions = [
  ['beginTransaction', 'START TRANSACTION'],
  ['commit', 'COMMIT'],
  ['rollback', 'ROLLBACK'],
] as const;

function connectByPromise(original: AnyFunction): AnyFunction {
  return function getConnection(this: Client, ...args: unknown[]): unknown {
    const record = failureRecorder(this);
    const promise: unknown = Reflect.apply(original, this, args);
    if (record === undefined || !(promise instanceof Promise)) return promise;
    return promise.catch((error: unknown) => {
      record(error);
      throw error;
    });
  };
}

function connectByCallback(original: AnyFunction): AnyFunction {
  return function getConnection(this: Client, ...args: unknown[]): unknown {
    const [callback] = args;
    if (typeof callback === 'function') {
      const caller = currentContext();
      const record = failureRecorder(this);
      args[0] = function connected(this: unknown, ...results: unknown[]): unknown {
        if (results[0]) record?.(results[0]);
        return runInCaller(caller, callback as AnyFunction, this, results);
      };
    }
    return Reflect.apply(original, this, args);
  };
}

/** For the span of a connection that a pool cannot provide. */
function failureRecorder(pool: Client): ((error: unknown) => void) | undefined {
  const caller = currentContext();
  if (caller === undefined) return undefined;
  const startTime = knownTracer(caller.span)?.clock.monotonicMs();
  return (error) => {
    const record = (): void => {
      const call = beginOnce(beginNamed('connect', 'pool', startTime), pool, []);
      if (call !== undefined) fail(call, error);
    };
    runInCaller(caller, record, undefined, []);
  };
}

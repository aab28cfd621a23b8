/**
 * Traces tedious, and mssql through it: one span for each request, whichever of the two the application calls.
 *
 * mssql's own channels (12 and later) are not used: with them its older versions and tedious alone would need this, too.
 */
import { contained } from '../count-fault.ts';
import type { TracedBy } from '../found-libraries.ts';
import { readProperty } from '../read-property.ts';
import type { SharedAttributes } from '../shared-attributes.ts';
import type { Operation } from './operation.ts';
import { runInCaller } from './run-in-caller.ts';
import { beginQuery, sharedByServer } from './sql-operation.ts';
import { traceGiven } from './trace-given.ts';
import { type WrapOutcome, wrapOnce } from './wrap-once.ts';

/**
 * Traces [tedious](https://github.com/tediousjs/tedious). `tracing()` and `getTracer()` do it by themselves for one that they can find; call
 * this in a bundle.
 *
 * - Each `execSql()`, `execSqlBatch()`, `callProcedure()`, `execute()`, `execBulkLoad()`, `beginTransaction()`, `commitTransaction()` and
 *   `rollbackTransaction()` below an active span has a client span, until its callback.
 * - The callback and the events of a request run in the context of the code that made the call.
 *
 * Not traced: connecting, `prepare()`, `unprepare()`, `saveTransaction()`.
 *
 * @param tedious The exports of tedious, or a connection.
 * @returns What was given.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @example
 * import * as tedious from 'tedious';
 * traceTedious(tedious);
 */
export function traceTedious<Given>(tedious: Given): Given {
  return traceGiven(
    'tedious',
    wrapTedious,
    tedious,
    'traceTedious(tedious)',
    'the exports of tedious, or a connection',
  );
}

/**
 * Traces [mssql](https://github.com/tediousjs/node-mssql) with its default driver, tedious: what {@link traceTedious} does, for the
 * connections of mssql's pools. A span begins when the request has its connection. `tracing()` and `getTracer()` do it by themselves for one
 * that they can find; call this in a bundle, before the first connection.
 *
 * Not traced: connecting, the wait for a connection, and the driver `msnodesqlv8`.
 *
 * @param mssql The exports of mssql.
 * @returns What was given.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @example
 * import sql from 'mssql';
 * traceMssql(sql);
 */
export function traceMssql<Given>(mssql: Given): Given {
  return traceGiven('mssql', wrapMssql, mssql, 'traceMssql(mssql)', 'the exports of mssql');
}

/** A request, or a bulk load. */
interface Request {
  callback: (...args: unknown[]) => unknown;
  emit: (event: string, ...args: unknown[]) => boolean;
  readonly sqlTextOrProcedure?: string | undefined;
  getBulkInsertSql?(): string;
}

interface Connection {
  readonly config?: {
    readonly server?: string;
    readonly options?: { readonly port?: number; readonly database?: string; readonly instanceName?: string };
  };
}

type Method = (this: Connection, ...args: unknown[]) => unknown;

/** The connections of mssql's pools. */
const ofMssql = new WeakSet<object>();
const servers = new WeakMap<object, SharedAttributes>();

/** For the table of libraries. */
export function wrapTedious(given: unknown): TracedBy | 'foreign' | undefined {
  const prototype =
    readProperty(readProperty(given, 'Connection'), 'prototype') ??
    readProperty(readProperty(readProperty(given, 'default'), 'Connection'), 'prototype') ??
    (typeof given === 'object' && given !== null ? Object.getPrototypeOf(given) : undefined);
  return asTracedBy(wrapConnections(prototype));
}

/** For the table of libraries. */
export function wrapMssql(given: unknown): TracedBy | 'foreign' | undefined {
  const prototype =
    readProperty(readProperty(given, 'ConnectionPool'), 'prototype') ??
    readProperty(readProperty(readProperty(given, 'default'), 'ConnectionPool'), 'prototype');
  if (typeof prototype !== 'object' || prototype === null) return undefined;
  const pools = prototype as { _poolCreate(): unknown; _poolValidate(): unknown };
  // It asks `SELECT 1` before each request.
  wrapOnce(
    pools,
    '_poolValidate',
    (original) =>
      function (this: object, ...args: unknown[]): unknown {
        return nested(() => original.apply(this, args));
      },
  );
  return asTracedBy(
    wrapOnce(
      pools,
      '_poolCreate',
      (original) =>
        function (this: object, ...args: unknown[]): unknown {
          const created = original.apply(this, args);
          // Before mssql gets the connection: this is the first function that is called when there is one.
          contained(() => (created as Promise<unknown>).then(takeConnection, () => undefined))();
          return created;
        },
    ),
  );
}

const takeConnection = contained((connection: unknown) => {
  if (typeof connection !== 'object' || connection === null) return;
  ofMssql.add(connection);
  wrapConnections(Object.getPrototypeOf(connection));
});

function asTracedBy(outcome: WrapOutcome): TracedBy | 'foreign' | undefined {
  if (outcome === 'missing') return undefined;
  return outcome === 'foreign' ? 'foreign' : 'methods';
}

interface ConnectionClass {
  execSql: Method;
  execSqlBatch: Method;
  callProcedure: Method;
  execute: Method;
  execBulkLoad: Method;
  beginTransaction: Method;
  commitTransaction: Method;
  rollbackTransaction: Method;
}

function wrapConnections(prototype: unknown): WrapOutcome {
  if (typeof readProperty(prototype, 'execSqlBatch') !== 'function') return 'missing';
  const connections = prototype as ConnectionClass;
  const outcome = wrapOnce(connections, 'execSql', (original) => tracedRequest(original, textOf));
  if (outcome === 'foreign') return outcome;
  wrapOnce(connections, 'execSqlBatch', (original) => tracedRequest(original, textOf));
  wrapOnce(connections, 'execute', (original) => tracedRequest(original, textOf));
  wrapOnce(connections, 'callProcedure', (original) =>
    tracedRequest(original, (request) => request.sqlTextOrProcedure && `EXECUTE ${request.sqlTextOrProcedure}`),
  );
  wrapOnce(connections, 'execBulkLoad', (original) => tracedRequest(original, (load) => load.getBulkInsertSql?.()));
  wrapOnce(connections, 'beginTransaction', (original) => tracedTransaction(original, 'BEGIN TRANSACTION'));
  wrapOnce(connections, 'commitTransaction', (original) => tracedTransaction(original, 'COMMIT TRANSACTION'));
  wrapOnce(connections, 'rollbackTransaction', (original) => tracedTransaction(original, 'ROLLBACK TRANSACTION'));
  return outcome;
}

function textOf(request: Request): string | undefined {
  return request.sqlTextOrProcedure;
}

/** In a call of ours: a bulk load begins with a batch, and old protocols begin a transaction with one. */
let isNested = false;

function nested(call: () => unknown): unknown {
  const before = isNested;
  isNested = true;
  try {
    return call();
  } finally {
    isNested = before;
  }
}

function tracedRequest(original: Method, readText: (request: Request) => string | undefined): Method {
  const begin = contained((connection: Connection, request: Request) => {
    const text = isNested ? undefined : readText(request);
    const operation = typeof text === 'string' ? beginOn(connection, text) : undefined;
    if (operation !== undefined) watch(request, operation);
    return operation;
  });
  return function (this: Connection, ...args: unknown[]): unknown {
    const operation = begin(this, args[0] as Request);
    if (operation === undefined) return original.apply(this, args);
    try {
      return nested(() => original.apply(this, args));
    } catch (error) {
      fail(operation, error);
      throw error;
    }
  };
}

function tracedTransaction(original: Method, text: string): Method {
  const begin = contained((connection: Connection) => (isNested ? undefined : beginOn(connection, text)));
  return function (this: Connection, ...args: unknown[]): unknown {
    const [callback, ...rest] = args;
    const operation = typeof callback === 'function' ? begin(this) : undefined;
    if (operation === undefined) return original.apply(this, args);
    const traced = function (this: unknown, ...results: unknown[]): unknown {
      finish(operation, results[0], undefined);
      return runInCaller(operation.caller, callback as (...results: unknown[]) => unknown, this, results);
    };
    try {
      return nested(() => original.call(this, traced, ...rest));
    } catch (error) {
      fail(operation, error);
      throw error;
    }
  };
}

function beginOn(connection: Connection, text: string): Operation | undefined {
  return beginQuery(ofMssql.has(connection) ? 'mssql' : 'tedious', 'tsql', text, serverOf(connection));
}

/** The request calls `callback` once, and its events by `emit`. Both are put back. */
function watch(request: Request, operation: Operation): void {
  const { callback, emit } = request;
  const ownEmit = Object.getOwnPropertyDescriptor(request, 'emit');
  let rows = 0;
  let hasRows = false;
  Object.defineProperty(request, 'emit', {
    configurable: true,
    writable: true,
    value(this: Request, event: string, ...args: unknown[]): boolean {
      if (event === 'columnMetadata') hasRows = true;
      if (event === 'row') rows++;
      return runInCaller(operation.caller, emit, this, [event, ...args]) as boolean;
    },
  });
  request.callback = function (this: unknown, ...results: unknown[]): unknown {
    request.callback = callback;
    finish(operation, results[0], hasRows ? rows : undefined);
    try {
      return runInCaller(operation.caller, callback, this, results);
    } finally {
      if (ownEmit === undefined) delete (request as Partial<Request>).emit;
      else Object.defineProperty(request, 'emit', ownEmit);
    }
  };
}

const finish = contained((operation: Operation, error: unknown, rows: number | undefined) => {
  if (rows !== undefined) operation.set('db.response.returned_rows', rows);
  if (error === undefined || error === null) operation.end();
  else fail(operation, error);
});

/** SQL Server's number of the error, such as 2627. Tedious's own codes, such as ECANCEL, say the type only. */
const fail = contained((operation: Operation, error: unknown) => {
  const number = readProperty(error, 'number');
  operation.fail(error, typeof number === 'number' ? `${number}` : undefined);
});

function serverOf(connection: Connection): SharedAttributes {
  let server = servers.get(connection);
  if (server === undefined) {
    const { server: address, options } = connection.config ?? {};
    const { port, database, instanceName } = options ?? {};
    const namespace = [instanceName, database].filter((part) => part !== undefined && part !== '').join('|');
    server = sharedByServer({ system: 'microsoft.sql_server', namespace, address, port });
    servers.set(connection, server);
  }
  return server;
}

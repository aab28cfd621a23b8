/** What better-sqlite3 and node:sqlite have in common: synchronous statements with `run()`, `get()`, `all()` and `iterate()`. */
import { contained } from '../../count-fault.ts';
import type { SharedAttributes } from '../../shared-attributes.ts';
import type { Operation } from '../operation.ts';
import { beginQuery, sharedByServer } from '../sql-operation.ts';
import { type WrapOutcome, wrapOnce } from '../wrap-once.ts';

/** How one of the two libraries differs. */
export interface SqliteLibrary {
  readonly name: 'better-sqlite3' | 'node:sqlite';
  textOf(statement: object): unknown;
  databaseOf(statement: object): object | undefined;
  /** The file of a database. */
  fileOf(database: object): unknown;
  /** SQLite's code of a failure. */
  codeOf(error: unknown): string | undefined;
}

interface Rows {
  next(): IteratorResult<unknown>;
  return?(): IteratorResult<unknown>;
}

export interface StatementClass {
  run(...values: unknown[]): unknown;
  get(...values: unknown[]): unknown;
  all(...values: unknown[]): unknown;
  iterate(...values: unknown[]): unknown;
}

export interface DatabaseClass {
  prepare(...args: unknown[]): unknown;
  exec(...args: unknown[]): unknown;
}

/** Wraps the methods of the class of statements. */
export function wrapStatements(prototype: StatementClass, library: SqliteLibrary): void {
  const begin = contained((statement: object, values: unknown) => {
    const text = library.textOf(statement);
    if (typeof text !== 'string') return undefined;
    const database = library.databaseOf(statement);
    return beginQuery(library.name, 'sqlite', text, database && serverOf(database, library), values);
  });
  const traced = (countRows: ((result: unknown) => number) | undefined) => (original: Method) =>
    function (this: object, ...values: unknown[]): unknown {
      const operation = begin(this, values);
      return operation === undefined
        ? original.apply(this, values)
        : traceCall(operation, library, () => original.apply(this, values), countRows);
    };
  wrapOnce(prototype, 'run', traced(undefined));
  wrapOnce(
    prototype,
    'get',
    traced((row) => (row === undefined || row === null ? 0 : 1)),
  );
  wrapOnce(
    prototype,
    'all',
    traced((rows) => (rows as readonly unknown[]).length),
  );
  wrapOnce(
    prototype,
    'iterate',
    (original) =>
      function (this: object, ...values: unknown[]): unknown {
        const operation = begin(this, values);
        if (operation === undefined) return original.apply(this, values);
        let rows: unknown;
        try {
          rows = original.apply(this, values);
        } catch (error) {
          fail(operation, library, error);
          throw error;
        }
        contained(watchRows)(rows as Rows, operation, library);
        return rows;
      },
  );
}

/** Wraps the methods of the class of databases. A statement that cannot be prepared is a failed span. */
export function wrapDatabase(
  prototype: DatabaseClass,
  library: SqliteLibrary,
  onPrepared: (statement: object, database: object) => void,
): WrapOutcome {
  const prepared = contained(onPrepared);
  const begin = contained((database: object, text: unknown) =>
    typeof text === 'string' ? beginQuery(library.name, 'sqlite', text, serverOf(database, library)) : undefined,
  );
  const outcome = wrapOnce(
    prototype,
    'prepare',
    (original) =>
      function (this: object, ...args: unknown[]): unknown {
        try {
          const statement = original.apply(this, args);
          prepared(statement as object, this);
          return statement;
        } catch (error) {
          const operation = begin(this, args[0]);
          if (operation !== undefined) fail(operation, library, error);
          throw error;
        }
      },
  );
  if (outcome === 'missing' || outcome === 'foreign') return outcome;
  wrapOnce(
    prototype,
    'exec',
    (original) =>
      function (this: object, ...args: unknown[]): unknown {
        const operation = begin(this, args[0]);
        return operation === undefined
          ? original.apply(this, args)
          : traceCall(operation, library, () => original.apply(this, args), undefined);
      },
  );
  return outcome;
}

type Method = (this: object, ...args: unknown[]) => unknown;

function traceCall(
  operation: Operation,
  library: SqliteLibrary,
  call: () => unknown,
  countRows: ((result: unknown) => number) | undefined,
): unknown {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    fail(operation, library, error);
    throw error;
  }
  succeed(operation, countRows, result);
  return result;
}

const fail = contained((operation: Operation, library: SqliteLibrary, error: unknown) =>
  operation.fail(error, library.codeOf(error)),
);

const succeed = contained(
  (operation: Operation, countRows: ((result: unknown) => number) | undefined, result: unknown) => {
    if (countRows !== undefined) operation.set('db.response.returned_rows', countRows(result));
    operation.end();
  },
);

/** The span lasts until the last row has been read, or the loop is left. */
function watchRows(rows: Rows, operation: Operation, library: SqliteLibrary): void {
  let count = 0;
  const end = contained(() => {
    operation.set('db.response.returned_rows', count);
    operation.end();
  });
  const { next, return: leave } = rows;
  // Its own properties: `for…of` and the methods of iterators read them from the object.
  define(rows, 'next', () => {
    let result: IteratorResult<unknown>;
    try {
      result = next.call(rows);
    } catch (error) {
      fail(operation, library, error);
      throw error;
    }
    if (result.done === true) end();
    else count++;
    return result;
  });
  if (leave === undefined) return;
  define(rows, 'return', (...args: unknown[]) => {
    try {
      return leave.apply(rows, args as []);
    } finally {
      end();
    }
  });
}

function define(rows: Rows, name: 'next' | 'return', value: (...args: unknown[]) => unknown): void {
  Object.defineProperty(rows, name, { value, writable: true, configurable: true, enumerable: false });
}

const servers = new WeakMap<object, SharedAttributes>();

function serverOf(database: object, library: SqliteLibrary): SharedAttributes {
  let server = servers.get(database);
  if (server === undefined) {
    const file = library.fileOf(database);
    server = sharedByServer({ system: 'sqlite', namespace: typeof file === 'string' ? file : undefined });
    servers.set(database, server);
  }
  return server;
}

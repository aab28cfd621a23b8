/** Traces better-sqlite3. Its class of statements is not among its exports, so the first statement leads to it. */
import type { TracedBy } from '../../found-libraries.ts';
import { readProperty } from '../../read-property.ts';
import { traceGiven } from '../trace-given.ts';
import {
  type DatabaseClass,
  type SqliteLibrary,
  type StatementClass,
  wrapDatabase,
  wrapStatements,
} from './traced-statements.ts';

/**
 * Traces [better-sqlite3](https://github.com/WiseLibs/better-sqlite3). `tracing()` and `getTracer()` do it by themselves for one that
 * they can find; call this in a bundle.
 *
 * - Each `run()`, `get()`, `all()`, `iterate()`, `exec()` and `pragma()` below an active span has a client span, and so have BEGIN, COMMIT and
 *   ROLLBACK of `transaction()`. The calls are synchronous: the event loop is blocked as long as the span lasts.
 * - The span of `iterate()` lasts until its last row, or until the loop is left. One that is abandoned in between has none.
 * - A statement that cannot be prepared is a failed span.
 *
 * Not traced: opening, `backup()`, `serialize()`, `loadExtension()`, and statements that were prepared before.
 *
 * @param Database The class, or a database.
 * @returns What was given.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @example
 * import Database from 'better-sqlite3';
 * traceBetterSqlite3(Database);
 */
export function traceBetterSqlite3<Given>(Database: Given): Given {
  return traceGiven(
    'better-sqlite3',
    wrapBetterSqlite3,
    Database,
    'traceBetterSqlite3(Database)',
    'the class or a database of better-sqlite3',
  );
}

const library: SqliteLibrary = {
  name: 'better-sqlite3',
  textOf: (statement) => (statement as { source?: unknown }).source,
  databaseOf: (statement) => (statement as { database?: object }).database,
  fileOf: (database) => (database as { name?: unknown }).name,
  codeOf(error) {
    const code = readProperty(error, 'code');
    return typeof code === 'string' && code.startsWith('SQLITE_') ? code : undefined;
  },
};

/** For the table of libraries. */
export function wrapBetterSqlite3(given: unknown): TracedBy | 'foreign' | undefined {
  if ((typeof given !== 'object' && typeof given !== 'function') || given === null) return undefined;
  const prototype: unknown = typeof given === 'function' ? given.prototype : Object.getPrototypeOf(given);
  if (!isDatabaseClass(prototype)) {
    const inner = readProperty(given, 'default');
    return inner === undefined || inner === given ? undefined : wrapBetterSqlite3(inner);
  }
  const outcome = wrapDatabase(prototype, library, wrapClassOf);
  return outcome === 'missing' ? undefined : outcome === 'foreign' ? 'foreign' : 'methods';
}

/** `pragma` and `transaction` tell it from node:sqlite. */
function isDatabaseClass(prototype: unknown): prototype is DatabaseClass {
  return ['prepare', 'exec', 'pragma', 'transaction'].every(
    (name) => typeof readProperty(prototype, name) === 'function',
  );
}

const wrappedClasses = new WeakSet<object>();

function wrapClassOf(statement: object): void {
  const prototype = Object.getPrototypeOf(statement) as StatementClass;
  if (wrappedClasses.has(prototype)) return;
  wrappedClasses.add(prototype);
  wrapStatements(prototype, library);
}

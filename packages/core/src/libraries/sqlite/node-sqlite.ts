/**
 * Traces node:sqlite by its classes. Its channel `sqlite.db.query` (Node 26) is not used: it publishes afterwards, without rows, with the
 * values in the text, and not for a statement that fails.
 */
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
 * Traces [node:sqlite](https://nodejs.org/api/sqlite.html), Node 22.13 and later. `tracing()` and `getTracer()` do it by themselves if
 * the module has been loaded.
 *
 * - Each `run()`, `get()`, `all()`, `iterate()` and `exec()` below an active span has a client span. The calls are synchronous: the event loop is
 *   blocked as long as the span lasts.
 * - The span of `iterate()` lasts until its last row, or until the loop is left. One that is abandoned in between has none.
 * - A statement that cannot be prepared is a failed span.
 *
 * Not traced: opening, `backup()`, sessions, and the tag stores of `createTagStore()`. The spans of a statement that was prepared before have
 * no `db.namespace`.
 *
 * @param sqlite The module.
 * @returns What was given.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @example
 * import * as sqlite from 'node:sqlite';
 * traceNodeSqlite(sqlite);
 */
export function traceNodeSqlite<Given>(sqlite: Given): Given {
  return traceGiven('node:sqlite', wrapNodeSqlite, sqlite, 'traceNodeSqlite(sqlite)', 'the module node:sqlite');
}

const databases = new WeakMap<object, object>();

const library: SqliteLibrary = {
  name: 'node:sqlite',
  textOf: (statement) => (statement as { sourceSQL?: unknown }).sourceSQL,
  databaseOf: (statement) => databases.get(statement),
  fileOf: (database) => {
    const { location } = database as { location?(): unknown }; // Node 22.16
    return location?.call(database) ?? ':memory:';
  },
  codeOf(error) {
    // SQLite's extended result code: 2067 is SQLITE_CONSTRAINT_UNIQUE.
    const code = readProperty(error, 'errcode');
    return typeof code === 'number' ? `${code}` : undefined;
  },
};

/** For the table of libraries. */
export function wrapNodeSqlite(given: unknown): TracedBy | 'foreign' | undefined {
  const database = readProperty(readProperty(given, 'DatabaseSync'), 'prototype');
  const statement = readProperty(readProperty(given, 'StatementSync'), 'prototype');
  if (typeof database !== 'object' || database === null || typeof statement !== 'object' || statement === null)
    return undefined;
  const outcome = wrapDatabase(database as DatabaseClass, library, (prepared, owner) => databases.set(prepared, owner));
  if (outcome === 'missing') return undefined;
  if (outcome === 'foreign') return 'foreign';
  wrapStatements(statement as StatementClass, library);
  return 'methods';
}

/**
 * The span of one SQL statement, by OpenTelemetry's database conventions: its name is the summary of the statement.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/db/sql/
 */
import type { AttributeList } from '../attributes.ts';
import type { TimeInput } from '../clock.ts';
import { SharedAttributes } from '../shared-attributes.ts';
import { optionsOf, tracedCaller } from './caller.ts';
import { Operation } from './operation.ts';
import { readSql, type SqlDialect } from './sql-text.ts';

/** The libraries that send SQL. */
export type SqlLibrary =
  | 'pg'
  | 'postgres'
  | 'mysql2'
  | 'mariadb'
  | 'better-sqlite3'
  | 'node:sqlite'
  | 'mssql'
  | 'tedious'
  | 'prisma';

/** What all statements on one connection have in common. */
export interface DatabaseServer {
  /** `db.system.name`: `postgresql`, `mysql`, `mariadb`, `sqlite` or `microsoft.sql_server`. */
  readonly system: string;
  /** `db.namespace`. */
  readonly namespace?: string | undefined;
  /** The host, or the path of a socket. */
  readonly address?: string | undefined;
  readonly port?: number | undefined;
}

/** The attributes of a server. Keep them with the connection: spans that share them cost less. */
export function sharedByServer({ system, namespace, address, port }: DatabaseServer): SharedAttributes {
  const list: AttributeList = ['db.system.name', system];
  if (namespace !== undefined && namespace !== '') list.push('db.namespace', namespace);
  if (address !== undefined && address !== '') {
    list.push('server.address', address);
    if (port !== undefined) list.push('server.port', port);
  }
  return new SharedAttributes(list);
}

const defaultNames: Readonly<Record<SqlDialect, string>> = {
  postgresql: 'postgresql',
  mysql: 'mysql',
  sqlite: 'sqlite',
  tsql: 'microsoft.sql_server',
};

/**
 * Starts the span of a statement that the application runs now.
 *
 * @param text The statement as the application gave it. Its literals are not recorded.
 * @param server Of the connection; absent if no connection is chosen yet.
 * @param values The values of its parameters, for the option `queryParameters`.
 * @param startTime Default: now.
 * @returns `undefined` if the call gets no span.
 */
export function beginQuery(
  library: SqlLibrary,
  dialect: SqlDialect,
  text: string,
  server?: SharedAttributes | undefined,
  values?: unknown,
  startTime?: TimeInput | undefined,
): Operation | undefined {
  const caller = tracedCaller(library);
  if (caller === undefined) return undefined;
  const options = optionsOf(library, caller);
  const sql = readSql(text, dialect);
  const attributes: AttributeList = [];
  if (options?.queryText !== false) attributes.push('db.query.text', sql.text);
  if (sql.summary !== '') attributes.push('db.query.summary', sql.summary);
  if ((options as { queryParameters?: boolean } | undefined)?.queryParameters === true)
    pushParameters(attributes, values);
  const name = sql.summary === '' ? defaultNames[dialect] : sql.summary;
  return Operation.begin(caller, {
    library,
    name,
    kind: 'client',
    attributes,
    shared: server,
    statement: sql.text,
    startTime,
  });
}

/** Describes a statement anew, for a library that knows the text only when it has been sent. */
export function describeAgain(operation: Operation, library: SqlLibrary, dialect: SqlDialect, text: string): void {
  const sql = readSql(text, dialect);
  if (optionsOf(library, operation.caller)?.queryText !== false) operation.set('db.query.text', sql.text);
  if (sql.summary === '') return;
  operation.set('db.query.summary', sql.summary);
  operation.updateName(sql.summary);
}

const mostParameters = 100;
const longestParameter = 1024;

/** `db.query.parameter.<key>`: the index, or the name of a named parameter. */
function pushParameters(attributes: AttributeList, values: unknown): void {
  if (typeof values !== 'object' || values === null) return;
  for (const [key, value] of Object.entries(values).slice(0, mostParameters)) {
    if (value === undefined) continue;
    attributes.push(`db.query.parameter.${key}`, printParameter(value));
  }
}

function printParameter(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.byteLength} bytes`;
  let text: string | undefined;
  try {
    text = typeof value === 'object' && !(value instanceof Date) ? JSON.stringify(value) : String(value);
  } catch {
    // A cycle, or an object that throws.
  }
  return (text ?? '?').slice(0, longestParameter);
}

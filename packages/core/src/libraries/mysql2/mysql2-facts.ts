/** Facts of a statement and of its result, for either way of tracing mysql2. */
import { readProperty } from '../../read-property.ts';
import type { SharedAttributes } from '../../shared-attributes.ts';
import type { Operation } from '../operation.ts';
import { sharedByServer } from '../sql-operation.ts';
import type { ConnectionConfig } from './mysql2-types.ts';

interface Server {
  readonly database: unknown;
  readonly address: unknown;
  readonly port: unknown;
  readonly attributes: SharedAttributes;
}

// A service talks to a few servers. One that has a database for each customer talks to many, and memory is limited.
const mostServers = 32;
let servers: Server[] = [];

/** The attributes of a server: one object for all its statements. */
export function sharedOf(database: unknown, address: unknown, port: unknown): SharedAttributes {
  for (const server of servers) {
    if (server.database === database && server.address === address && server.port === port) return server.attributes;
  }
  const attributes = sharedByServer({
    system: 'mysql',
    namespace: typeof database === 'string' ? database : undefined,
    address: typeof address === 'string' ? address : undefined,
    port: portOf(port),
  });
  if (servers.length >= mostServers) servers = [];
  servers.push({ database, address, port, attributes });
  return attributes;
}

function portOf(port: unknown): number | undefined {
  const number = typeof port === 'string' ? Number(port) : port; // from a variable of the environment
  return typeof number === 'number' && Number.isInteger(number) ? number : undefined;
}

/** The same, by the settings of a connection. */
export function sharedByConfig(config: ConnectionConfig | undefined): SharedAttributes {
  const { host, port, socketPath, database } = config ?? {};
  return socketPath ? sharedOf(database, socketPath, undefined) : sharedOf(database, host || 'localhost', port || 3306);
}

/** The text of a statement: the first argument of `query()` and `execute()`. */
export function textOf(statement: unknown): string {
  const text = typeof statement === 'string' ? statement : readProperty(statement, 'sql');
  return typeof text === 'string' ? text : '';
}

/** Whether each row of the result is an array. */
export function hasArrayRows(statement: unknown, config: ConnectionConfig | undefined): boolean {
  const own = typeof statement === 'object' ? readProperty(statement, 'rowsAsArray') : undefined;
  return (own ?? config?.rowsAsArray) === true;
}

/** Records the number of rows. Several statements in one text have as many results. */
export function recordRows(operation: Operation, result: unknown, isRowsAsArray: boolean): void {
  const count = countRows(result, isRowsAsArray);
  if (count !== undefined) operation.set('db.response.returned_rows', count);
}

function countRows(result: unknown, isRowsAsArray: boolean): number | undefined {
  if (!Array.isArray(result)) return undefined; // of INSERT, UPDATE and the like: a header
  if (!hasSeveral(result, isRowsAsArray)) return result.length;
  let count: number | undefined;
  for (const one of result) if (Array.isArray(one)) count = (count ?? 0) + one.length;
  return count;
}

/** Whether these are results, not rows. A procedure that returns rows has a header as its last result. */
function hasSeveral(result: readonly unknown[], isRowsAsArray: boolean): boolean {
  const first: unknown = result[0];
  if (isHeader(first) || isHeader(result.at(-1))) return true;
  if (!Array.isArray(first)) return false;
  return !isRowsAsArray || first.every(Array.isArray); // a row that is an array has values, which are rarely all arrays
}

/** The `ResultSetHeader` of a statement without rows. */
function isHeader(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return 'affectedRows' in value && 'insertId' in value && 'serverStatus' in value;
}

/** Ends the span of a statement that failed. MySQL's number of the error is the status code; Node's are negative. */
export function failStatement(operation: Operation, error: unknown): void {
  const errno = readProperty(error, 'errno');
  operation.fail(error, typeof errno === 'number' && errno > 0 ? String(errno) : undefined);
}

/** What the drivers of MySQL and MariaDB have in common: the attributes of servers, the rows of results, and the numbers of errors. */
import { readProperty } from '../read-property.ts';
import type { SharedAttributes } from '../shared-attributes.ts';
import type { Operation } from './operation.ts';
import { sharedByServer } from './sql-operation.ts';

interface Server {
  readonly database: unknown;
  readonly address: unknown;
  readonly port: unknown;
  readonly attributes: SharedAttributes;
}

/** Returns the attributes of a server: the same object for all its statements. */
export type ServerAttributes = (database: unknown, address: unknown, port: unknown) => SharedAttributes;

// A service talks to a few servers. One that has a database for each customer talks to many, and memory is limited.
const mostServers = 32;

/** @param system `db.system.name`. */
export function serversOf(system: string): ServerAttributes {
  let servers: Server[] = [];
  return function attributesOf(database, address, port) {
    for (const server of servers) {
      if (server.database === database && server.address === address && server.port === port) return server.attributes;
    }
    const attributes = sharedByServer({
      system,
      namespace: typeof database === 'string' ? database : undefined,
      address: typeof address === 'string' ? address : undefined,
      port: portOf(port),
    });
    if (servers.length >= mostServers) servers = [];
    servers.push({ database, address, port, attributes });
    return attributes;
  };
}

function portOf(port: unknown): number | undefined {
  const number = typeof port === 'string' ? Number(port) : port; // from a variable of the environment
  return typeof number === 'number' && Number.isInteger(number) ? number : undefined;
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

/** What a statement without rows returns. */
function isHeader(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return 'affectedRows' in value && 'insertId' in value && ('serverStatus' in value || 'warningStatus' in value);
}

/** The server's number of an error, as a string; `undefined` for an error of Node, whose numbers are negative. */
export function errorNumber(error: unknown): string | undefined {
  const errno = readProperty(error, 'errno');
  return typeof errno === 'number' && errno > 0 ? String(errno) : undefined;
}

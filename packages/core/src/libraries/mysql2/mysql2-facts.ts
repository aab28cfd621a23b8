/** Facts of a statement and of its result, for either way of tracing mysql2. */
import { readProperty } from '../../read-property.ts';
import type { SharedAttributes } from '../../shared-attributes.ts';
import { errorNumber, type ServerAttributes, serversOf } from '../mysql-results.ts';
import type { Operation } from '../operation.ts';
import type { ConnectionConfig } from './mysql2-types.ts';

/** The attributes of a server. */
export const sharedOf: ServerAttributes = serversOf('mysql');

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

/** Whether each row of the result is an array. A command, which a pool passes on, has the options that it was made with. */
export function hasArrayRows(statement: unknown, config: ConnectionConfig | undefined): boolean {
  if (typeof statement !== 'object' || statement === null) return config?.rowsAsArray === true;
  const own = readProperty(readProperty(statement, '_queryOptions') ?? statement, 'rowsAsArray');
  return (own ?? config?.rowsAsArray) === true;
}

/** Ends the span of a statement that failed. */
export function failStatement(operation: Operation, error: unknown): void {
  operation.fail(error, errorNumber(error));
}

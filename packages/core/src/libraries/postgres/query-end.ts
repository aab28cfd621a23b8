/** How a query ended: the rows that it returned, or its error. */
import { errorMonitor } from 'node:events';
import type { Readable } from 'node:stream';
import { failQuery } from '../fail-query.ts';
import type { Operation } from '../operation.ts';

/** An array of rows; for several statements in one string, an array of those. */
interface Result extends Array<unknown> {
  readonly command?: unknown;
  /** Empty for a statement that returns no rows. */
  readonly columns?: readonly unknown[] | null;
}

/** @param counted The rows that were passed to a function of the application, which are not in the result. */
export function endQuery(operation: Operation, result: unknown, counted: number | undefined): void {
  if (isStream(result)) {
    endWithStream(operation, result);
    return;
  }
  const rows = counted ?? rowsOf(result);
  if (rows !== undefined) operation.set('db.response.returned_rows', rows);
  operation.end();
}

function rowsOf(result: unknown): number | undefined {
  if (!Array.isArray(result)) return undefined; // describe()
  if ((result as Result).command !== undefined) return rowsOfOne(result as Result);
  let sum: number | undefined;
  for (const part of result) {
    const rows = rowsOfOne(part as Result);
    if (rows !== undefined) sum = (sum ?? 0) + rows;
  }
  return sum;
}

function rowsOfOne({ command, columns, length }: Result): number | undefined {
  // Version 3.0 has no columns if the statement has no parameters.
  const hasRows = length > 0 || (Array.isArray(columns) ? columns.length > 0 : command === 'SELECT');
  return hasRows ? length : undefined;
}

function isStream(value: unknown): value is Readable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && 'on' in value && 'destroy' in value;
}

/** The stream of a COPY is there before its data. */
function endWithStream(operation: Operation, stream: Readable): void {
  stream.once(errorMonitor, (error) => failQuery(operation, error)); // it does not count as a listener for errors
  stream.once('close', () => operation.end());
}

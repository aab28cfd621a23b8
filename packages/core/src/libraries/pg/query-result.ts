/** The rows that a query returned. */
import type { Operation } from '../operation.ts';

/** Ends the span of a query with the number of the rows that it returned. Statements that return none, such as an INSERT, have no number. */
export function endQuery(operation: Operation, result: unknown): void {
  const rows = Array.isArray(result) ? rowsOfAll(result) : rowsOf(result);
  if (rows !== undefined) operation.set('db.response.returned_rows', rows);
  operation.end();
}

interface QueryResult {
  readonly rows?: unknown;
  readonly fields?: unknown;
}

/** Only a statement that returns rows has fields, even if there is no row. */
function rowsOf(result: unknown): number | undefined {
  const { rows, fields } = (result ?? {}) as QueryResult;
  return Array.isArray(rows) && Array.isArray(fields) && fields.length > 0 ? rows.length : undefined;
}

/** Of a string with several statements. */
function rowsOfAll(results: readonly unknown[]): number | undefined {
  let sum: number | undefined;
  for (const result of results) {
    const rows = rowsOf(result);
    if (rows !== undefined) sum = (sum ?? 0) + rows;
  }
  return sum;
}

/** The failure of a query of PostgreSQL. */
import { readProperty } from '../read-property.ts';
import type { Operation } from './operation.ts';

/** Five characters of the SQL standard: PostgreSQL's codes of errors. Node's, such as ECONNREFUSED, are longer. */
const sqlState = /^[0-9A-Z]{5}$/;

/** Ends the span of a query that failed. */
export function failQuery(operation: Operation, error: unknown): void {
  const code = readProperty(error, 'code');
  operation.fail(error, typeof code === 'string' && sqlState.test(code) ? code : undefined);
}

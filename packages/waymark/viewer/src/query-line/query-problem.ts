/** Finds a syntax error in a query, without a request to the collector. */
import { parseQuery } from '../../../src/query/parse-query.ts';
import { InvalidQuery } from '../../../src/query/query.ts';

export interface QueryProblem {
  readonly message: string;
  /** The range of characters that the message is about. */
  readonly start: number;
  readonly end: number;
}

export function findProblem(text: string): QueryProblem | undefined {
  if (text.trim() === '') return undefined;
  try {
    parseQuery(text);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidQuery) return { message: error.message, start: error.start, end: error.end };
    throw error;
  }
}

/** Where the exports are that tracing needs of GraphQL servers. */
import type { LibraryRow } from '../library-row.ts';

export const graphqlRows: readonly LibraryRow[] = [];

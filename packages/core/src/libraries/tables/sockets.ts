/** Where the exports are that tracing needs of sockets. */
import type { LibraryRow } from '../library-row.ts';

export const socketRows: readonly LibraryRow[] = [];

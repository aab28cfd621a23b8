/** Where the exports are that tracing needs of threads, processes and timers. */
import type { LibraryRow } from '../library-row.ts';

export const backgroundRows: readonly LibraryRow[] = [];

/** Where the exports are that tracing needs of clouds and search engines. */
import type { LibraryRow } from '../library-row.ts';

export const cloudRows: readonly LibraryRow[] = [];

/** Where the exports are that tracing needs of message brokers. */
import type { LibraryRow } from '../library-row.ts';

export const messagingRows: readonly LibraryRow[] = [];

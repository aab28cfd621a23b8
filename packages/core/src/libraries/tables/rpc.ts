/** Where the exports are that tracing needs of remote procedure calls. */
import type { LibraryRow } from '../library-row.ts';

export const rpcRows: readonly LibraryRow[] = [
  { name: 'grpc', packageName: '@grpc/grpc-js', files: ['build/src/index.js'], byHand: 'traceGrpc(grpc)' },
];

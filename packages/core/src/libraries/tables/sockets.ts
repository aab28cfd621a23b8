/** Where the exports are that tracing needs of sockets. */
import type { LibraryRow } from '../library-row.ts';

export const socketRows: readonly LibraryRow[] = [
  { name: 'socket.io', packageName: 'socket.io', files: ['dist/index.js'], byHand: 'traceSocketIo(socketio)' },
  {
    name: 'ws',
    packageName: 'ws',
    // Its ES module imports these, and not its index.js.
    files: ['lib/websocket.js', 'lib/websocket-server.js'],
    byHand: 'traceWs(ws)',
  },
];

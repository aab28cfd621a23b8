import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RunningApp } from './adapter-under-test.ts';

/** Starts a server on a free port. Closing it also closes its open connections. */
export async function listen(server: Server): Promise<RunningApp> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a server that listens on a port has such an address
  return {
    port,
    server,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

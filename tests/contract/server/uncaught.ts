// `uncaught.ts throws|rejects traced|bare`: sends one request to a plain server whose handler fails, without catching the error.
import { createServer, get, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { traceHandler } from '@waymark/core/http';

const [kind, variant] = process.argv.slice(2);

function fail(): never {
  const error = new Error('not caught');
  error.stack = error.message; // it is printed, and has other lines with tracing
  throw error;
}

const handler: RequestListener = kind === 'throws' ? fail : async () => fail();
const server = createServer(variant === 'traced' ? traceHandler(handler, { exporter: [], env: {} }) : handler);
server.listen(0, '127.0.0.1', () => {
  // A server that listens on a port has such an address.
  get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' }).on('error', () => {});
});

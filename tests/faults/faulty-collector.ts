// A collector on a real socket that counts what it takes, span by span, and misbehaves as long as it is told to.
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { readSpanIds } from './span-ids.ts';

const readTlsFile = (name: string): Buffer => readFileSync(join(__dirname, 'tls', name));

/** One way to misbehave. What it leaves out is as it should be. */
export interface Fault {
  /** Nobody listens. */
  readonly isClosed?: true;
  /** Another protocol than the address says. */
  readonly speaks?: 'http' | 'https';
  /** A file in tls/. */
  readonly certificate?: string;
  /** Has the connection to itself, from its first byte. */
  onSocket?(socket: Socket): void;
  /** Has the request, as soon as its headers are there. */
  onRequest?(request: IncomingMessage, response: ServerResponse, collector: Taking): unknown;
}

/** What a fault may do as the collector would. */
export interface Taking {
  /** Reads a request, and gives the ids of its spans. */
  read(request: IncomingMessage): Promise<readonly string[]>;
  /** Counts spans as arrived. */
  keep(ids: readonly string[]): void;
}

export interface FaultyCollector extends AsyncDisposable {
  readonly port: number;
  /** How often each span was taken, by its id. */
  readonly arrivals: ReadonlyMap<string, number>;
  /** Connections and requests that met the present fault. */
  readonly faultsMet: number;
  /** Requests since the start, whatever became of them. */
  readonly requestCount: number;
  /** Cuts all connections, and is so from now on; well again without a fault. */
  become(fault: Fault | undefined): Promise<void>;
}

/** The authority behind tls/certificate.pem, for those who are to trust it. */
export const trustedCertificate: Buffer = readTlsFile('certificate.pem');

export async function startFaultyCollector(isSecure = false): Promise<FaultyCollector> {
  const key = readTlsFile('key.pem');
  const arrivals = new Map<string, number>();
  const sockets = new Set<Socket>();
  let fault: Fault | undefined;
  let faultsMet = 0;
  let requestCount = 0;

  async function read(request: IncomingMessage): Promise<readonly string[]> {
    return readSpanIds(request.url ?? '', request.headers['content-type'] ?? '', await buffer(request));
  }

  function keep(ids: readonly string[]): void {
    for (const id of ids) arrivals.set(id, (arrivals.get(id) ?? 0) + 1);
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (fault?.onRequest !== undefined) {
      faultsMet++;
      await fault.onRequest(request, response, { read, keep });
      return;
    }
    keep(await read(request));
    response.writeHead(request.url === '/api/v2/spans' ? 202 : 200).end();
  }

  function onRequest(request: IncomingMessage, response: ServerResponse): void {
    requestCount++;
    request.on('error', () => {});
    serve(request, response).catch(() => response.destroy()); // cut off, both
  }

  const plain = createServer(onRequest);
  const secure = createSecureServer({ key, cert: trustedCertificate }, onRequest);
  for (const server of [plain, secure]) {
    server.keepAliveTimeout = 0; // or it closes idle connections after 5 s, which is a fault of its own
  }
  const front = createSocketServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    if (fault !== undefined && fault.onRequest === undefined) faultsMet++;
    if (fault?.onSocket !== undefined) fault.onSocket(socket);
    else ((fault?.speaks ?? (isSecure ? 'https' : 'http')) === 'https' ? secure : plain).emit('connection', socket);
  });

  async function listen(port: number): Promise<void> {
    for (;;) {
      const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
        front.once('error', resolve).listen(port, '127.0.0.1', () => {
          front.off('error', resolve);
          resolve(undefined);
        });
      });
      if (error === undefined) return;
      if (error.code !== 'EADDRINUSE') throw error;
      await new Promise((resolve) => setTimeout(resolve, 50)); // somebody's outgoing connection has the port for a moment
    }
  }

  async function close(): Promise<void> {
    const closed = new Promise((resolve) => front.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  await listen(0);
  const { port } = front.address() as AddressInfo; // a TCP server that listens has one

  return {
    port,
    arrivals,
    get faultsMet() {
      return faultsMet;
    },
    get requestCount() {
      return requestCount;
    },
    async become(next) {
      const certificate = next?.certificate;
      secure.setSecureContext({ key, cert: certificate ? readTlsFile(certificate) : trustedCertificate });
      fault = next;
      faultsMet = 0;
      for (const socket of sockets) socket.destroy();
      if (next?.isClosed) await close();
      else if (!front.listening) await listen(port);
    },
    async [Symbol.asyncDispose]() {
      await close();
    },
  };
}

// A collector on a real socket that counts each accepted span, and misbehaves on demand.
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { readSpanIds } from './span-ids.ts';

const readTlsFile = (name: string): Buffer => readFileSync(join(__dirname, 'tls', name));

/** One way to misbehave. Everything that it does not name works. */
export interface Fault {
  /** Nothing listens. */
  readonly isClosed?: true;
  /** A different protocol from the address. */
  readonly speaks?: 'http' | 'https';
  /** A file in tls/. */
  readonly certificate?: string;
  /** Handles the whole connection, from its first byte. */
  onSocket?(socket: Socket): void;
  /** Handles the request, as soon as its headers have arrived. */
  onRequest?(request: IncomingMessage, response: ServerResponse, collector: Taking): unknown;
}

/** Parts of the collector that a fault may use. */
export interface Taking {
  /** Reads a request, and returns the ids of its spans. */
  read(request: IncomingMessage): Promise<readonly string[]>;
  /** Counts spans as arrived. */
  keep(ids: readonly string[]): void;
}

export interface FaultyCollector extends AsyncDisposable {
  readonly port: number;
  /** How often each span was accepted, by its id. */
  readonly arrivals: ReadonlyMap<string, number>;
  /** Connections and requests during the current fault. */
  readonly faultsMet: number;
  /** All requests since the start. */
  readonly requestCount: number;
  /** Cuts all connections, and has this fault from now on; works again without one. */
  become(fault: Fault | undefined): Promise<void>;
}

/** The authority that signed tls/certificate.pem. */
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
    serve(request, response).catch(() => response.destroy()); // a cut request throws
  }

  const plain = createServer(onRequest);
  const secure = createSecureServer({ key, cert: trustedCertificate }, onRequest);
  for (const server of [plain, secure]) {
    server.keepAliveTimeout = 0; // otherwise it closes idle connections after 5 s, which is another fault
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
      await new Promise((resolve) => setTimeout(resolve, 50)); // an outgoing connection may use the port for a moment
    }
  }

  async function close(): Promise<void> {
    const closed = new Promise((resolve) => front.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  await listen(0);
  const { port } = front.address() as AddressInfo; // a listening TCP server has a port

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

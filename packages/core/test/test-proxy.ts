// A real forward proxy, which alone knows where the hosts are that a test names.
import http, { type IncomingHttpHeaders } from 'node:http';
import https, { type ServerOptions } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface TestProxy extends AsyncDisposable {
  readonly url: string;
  /** What it was asked for: `POST http://host/path` and `CONNECT host:443`. */
  readonly asked: readonly { readonly what: string; readonly headers: IncomingHttpHeaders }[];
}

export interface TestProxyOptions {
  /** Where all hosts are: the address of a server. Default: the one that was asked for. */
  readonly target?: string | undefined;
  /** Answers all requests with this status, in place of doing what they ask for. */
  readonly refuse?: number | undefined;
  /** Never answers. */
  readonly isSilent?: boolean | undefined;
  /** The credentials that it wants, `user:password`. */
  readonly credentials?: string | undefined;
  readonly tls?: ServerOptions | undefined;
}

export async function startTestProxy({
  target,
  refuse,
  isSilent = false,
  credentials,
  tls,
}: TestProxyOptions = {}): Promise<TestProxy> {
  const asked: { what: string; headers: IncomingHttpHeaders }[] = [];
  const sockets = new Set<Socket>();
  const server = tls ? https.createServer(tls) : http.createServer();
  const statusFor = (headers: IncomingHttpHeaders): number | undefined => {
    const wanted = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
    return wanted !== undefined && headers['proxy-authorization'] !== wanted ? 407 : refuse;
  };
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => {}));
  });
  server.on('request', (request, response) => {
    const { method = '', url = '', headers } = request;
    asked.push({ what: `${method} ${url}`, headers });
    const status = statusFor(headers);
    if (isSilent) return;
    if (status !== undefined) {
      response.writeHead(status).end();
      return;
    }
    const { 'proxy-authorization': _, ...forwarded } = headers;
    const { port } = new URL(target ?? url);
    const { pathname, search } = new URL(url);
    const options = { host: '127.0.0.1', port, method, path: pathname + search, headers: forwarded };
    request.pipe(
      http.request(options, (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(response);
      }),
    );
  });
  server.on('connect', ({ url = '', headers }, socket: Socket, head: Buffer) => {
    asked.push({ what: `CONNECT ${url}`, headers });
    const status = statusFor(headers);
    if (isSilent) return;
    if (status !== undefined) {
      socket.end(`HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const { port } = new URL(target ?? `http://${url}`);
    const onward = connect(Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    sockets.add(onward.on('error', () => socket.destroy()));
    socket.on('close', () => onward.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http${tls ? 's' : ''}://127.0.0.1:${(server.address() as AddressInfo).port}`, // a TCP server that listens has one
    asked,
    [Symbol.asyncDispose]() {
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of sockets) socket.destroy();
      });
    },
  };
}

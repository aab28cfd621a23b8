// An HTTP/1 client on plain sockets. It sends exactly the given bytes, at the given time, and is not traced.
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface RawResponse {
  readonly status: number;
  /** Names in lower case; the last value of a name that repeats. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Connection {
  /** The local port, which the server sees as its peer's. */
  readonly localPort: number;
  /** Writes bytes unchanged, and resolves when they are sent. */
  send(text: string): Promise<void>;
  /** The next response. `HEAD` has no body, even if its headers say so. */
  receive(method?: string): Promise<RawResponse>;
  /** Resolves when `text` has arrived in what has not been received yet. */
  receiveText(text: string): Promise<void>;
  /** Everything that comes until the server closes the connection. */
  receiveAll(): Promise<string>;
  /** Stops reading: what the server sends from now on waits in its buffers. */
  pause(): void;
  /** Destroys the connection. */
  destroy(): void;
}

export interface RawRequest {
  readonly method?: string;
  /** One line for each. `host` is added if it is missing. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
  readonly tls?: boolean;
}

/** The bytes of a request. */
export function requestText(target: string, { method = 'GET', headers = [], body }: RawRequest = {}): string {
  const hasHost = headers.some(([name]) => name.toLowerCase() === 'host');
  const lines = [
    ...(hasHost ? [] : [['host', 'contract.test'] as const]),
    ...headers,
    ...(body === undefined ? [] : [['content-length', String(Buffer.byteLength(body))] as const]),
  ];
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `${method} ${target} HTTP/1.1\r\n${head}\r\n${body ?? ''}`;
}

/** One request on a new connection. */
export async function request(
  port: number,
  target: string,
  options: RawRequest = {},
): Promise<RawResponse & { readonly localPort: number }> {
  const connection = await openConnection(port, options);
  try {
    const headers = [...(options.headers ?? []), ['connection', 'close'] as const];
    await connection.send(requestText(target, { ...options, headers }));
    return { ...(await connection.receive(options.method)), localPort: connection.localPort };
  } finally {
    connection.destroy();
  }
}

/** All bytes of the answer to one request. */
export async function requestBytes(port: number, target: string, options: RawRequest = {}): Promise<string> {
  const connection = await openConnection(port);
  const headers = [...(options.headers ?? []), ['connection', 'close'] as const];
  await connection.send(requestText(target, { ...options, headers }));
  return connection.receiveAll();
}

export async function openConnection(port: number, { tls = false } = {}): Promise<Connection> {
  const socket = tls
    ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }) // the test's certificate is self-signed
    : connect({ port, host: '127.0.0.1', noDelay: true });
  const input = collect(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once(tls ? 'secureConnect' : 'connect', resolve);
    socket.once('error', reject);
  });
  return {
    localPort: socket.localPort as number, // it is connected
    send: (text) => new Promise((resolve) => socket.write(text, 'latin1', () => resolve())), // receive() reports errors
    receive: (method) => input.take((text) => readResponse(text, method === 'HEAD')),
    receiveText: (part) => input.take((text) => (text.includes(part) ? { value: undefined, length: 0 } : undefined)),
    receiveAll: () => input.takeAll(),
    pause: () => socket.pause(),
    destroy: () => socket.destroy(),
  };
}

interface Taken<Value> {
  readonly value: Value;
  /** Number of characters used. */
  readonly length: number;
}

/** Buffers what has arrived until a caller can parse it. */
function collect(socket: Socket) {
  let text = '';
  let isOver = false;
  let wake = (): void => {};
  socket.setEncoding('latin1');
  socket.on('data', (part) => {
    text += part;
    wake();
  });
  // A reset ends the connection like any other end. The tests check what it cut off.
  socket.on('error', () => {});
  socket.on('close', () => {
    isOver = true;
    wake();
  });

  const change = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });

  return {
    async take<Value>(read: (text: string) => Taken<Value> | undefined): Promise<Value> {
      for (;;) {
        const taken = read(text);
        if (taken !== undefined) {
          text = text.slice(taken.length);
          return taken.value;
        }
        if (isOver) throw new Error(`The connection was closed after ${JSON.stringify(text)}.`);
        await change();
      }
    },
    async takeAll(): Promise<string> {
      while (!isOver) await change();
      return text;
    },
  };
}

function readResponse(text: string, isHead: boolean): Taken<RawResponse> | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [statusLine = '', ...lines] = text.slice(0, headEnd).split('\r\n');
  const status = Number(statusLine.split(' ')[1]);
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const start = headEnd + 4;
  const answer = (body: string, length: number) => ({ value: { status, headers, body }, length });
  // RFC 9112, section 6.3: these have no body, even if the headers say so.
  if (isHead || status < 200 || status === 204 || status === 304) return answer('', start);
  if (headers['transfer-encoding'] === 'chunked') {
    const body = readChunks(text, start);
    return body && answer(body.value, body.length);
  }
  const length = Number(headers['content-length'] ?? 0);
  return text.length < start + length ? undefined : answer(text.slice(start, start + length), start + length);
}

function readChunks(text: string, start: number): Taken<string> | undefined {
  let body = '';
  let at = start;
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (text.length < next) return undefined;
    if (size === 0) return { value: body, length: next };
    body += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = next;
  }
}

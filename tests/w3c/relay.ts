// Sends header lines exactly as written to a service, and returns the trace context that the services behind it received.
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Call } from './service.ts';

/** The parts on both sides of the colon: the name, and the value with all of its whitespace. */
export type HeaderLine = readonly [name: string, value: string];

/** The header lines of one received request that carry the trace context. */
export interface TraceContextHeaders {
  readonly traceparent: readonly string[];
  readonly tracestate: readonly string[];
}

export interface Relay {
  /** Makes the service at `url` do this many calls. */
  send(url: string, headers: readonly HeaderLine[], calls?: number): Promise<TraceContextHeaders[]>;
  close(): Promise<void>;
}

export async function startRelay(): Promise<Relay> {
  let received: TraceContextHeaders[] = [];
  const downstream = createServer(async (request, response) => {
    await text(request);
    received.push({ traceparent: valuesOf(request, 'traceparent'), tracestate: valuesOf(request, 'tracestate') });
    response.end();
  });
  await new Promise<void>((resolve) => downstream.listen(0, '127.0.0.1', resolve));
  const { port } = downstream.address() as AddressInfo; // a listening server has such an address

  return {
    async send(url, headers, calls = 1) {
      received = [];
      const call: Call = { url: `http://127.0.0.1:${port}/`, arguments: [] };
      const statusLine = await post(url, headers, JSON.stringify(Array(calls).fill(call)));
      if (statusLine !== 'HTTP/1.1 200 OK' || received.length !== calls) {
        throw new Error(`The service answered "${statusLine}" and made ${received.length} calls, expected ${calls}.`);
      }
      return received;
    },
    close() {
      downstream.closeAllConnections(); // fetch keeps its connections for later
      return new Promise((resolve, reject) => downstream.close((error) => (error ? reject(error) : resolve())));
    },
  };
}

function valuesOf({ rawHeaders }: IncomingMessage, name: string): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}

/** Through a socket, since an HTTP client would change the names to lower case, trim the values and join repeated fields. */
async function post(url: string, headers: readonly HeaderLine[], body: string): Promise<string | undefined> {
  const { host, hostname, port, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  const lines = [
    `POST ${pathname} HTTP/1.1`,
    `host: ${host}`,
    'connection: close',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    ...headers.map(([name, value]) => `${name}:${value}`),
  ];
  socket.write(Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1'));
  return (await text(socket)).split('\r\n', 1)[0];
}

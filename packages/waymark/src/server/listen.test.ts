import { connect, type Socket } from 'node:net';
import { type Listener, listen } from './listen.ts';

const limits = {
  maxConnections: 3,
  headersTimeoutMs: 100,
  requestTimeoutMs: 200,
  keepAliveTimeoutMs: 1000,
  closingTimeoutMs: 1000,
  checkIntervalMs: 20,
};

let listener: Listener;
beforeEach(async () => {
  listener = await listen(
    { host: '127.0.0.1', port: 0 },
    (request, response) => request.resume().on('end', () => response.end('answer')),
    limits,
  );
});
afterEach(() => listener.close());

function open(): Socket {
  return connect(listener.port, '127.0.0.1');
}

/** What the server says until it hangs up. */
async function readAll(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.on('close', resolve));
  return text;
}

test.each([
  ['the headers', 'POST / HTTP/1.1\r\nHost: localhost\r\nX-Slow: '],
  ['the body', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n'],
])('a client that sends %s a byte at a time is told that it took too long', async (_, start) => {
  const socket = open();
  socket.write(start);
  const dripping = setInterval(() => socket.write('x'), 10);
  const text = await readAll(socket);
  clearInterval(dripping);
  expect(text).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
});

test('headers without end are refused', async () => {
  const socket = open();
  socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(40_000)}`);
  expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/);
});

test('more connections than allowed are closed at once, and there is room again when others leave', async () => {
  const holders = [open(), open(), open()];
  await Promise.all(holders.map((socket) => new Promise((resolve) => socket.on('connect', resolve))));
  for (;;) {
    // The kernel connects before the server has counted: it may take a few.
    const refused = await readAll(open());
    if (refused === '') break;
  }
  for (const socket of holders) socket.destroy();
  for (;;) {
    const socket = open();
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    if ((await readAll(socket)).endsWith('answer')) break; // it has seen them leave
  }
});

test('an answer that the reader has not taken in yet is not cut off by the end', async () => {
  const body = 'x'.repeat(20_000_000); // more than the system keeps for a socket
  const ending = await listen({ host: '127.0.0.1', port: 0 }, (_request, response) => response.end(body), {
    ...limits,
    closingTimeoutMs: 60_000, // a busy machine takes its time
  });
  const socket = connect(ending.port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await new Promise((resolve) => socket.once('readable', resolve));
  const closed = ending.close();
  const text = await readAll(socket);
  expect(text.length).toBeGreaterThan(body.length);
  await closed;
});

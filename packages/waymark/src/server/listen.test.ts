import type { ServerResponse } from 'node:http';
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

/** What the server sends until it closes the connection. */
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
])('a client that sends %s byte by byte is answered with 408', async (_, start) => {
  const socket = open();
  socket.write(start);
  const dripping = setInterval(() => socket.write('x'), 10);
  const text = await readAll(socket);
  clearInterval(dripping);
  expect(text).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
});

test('endless headers are refused', async () => {
  const socket = open();
  socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(40_000)}`);
  expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/);
});

const unfinished: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['a part of the headers', 'POST / HTTP/1.1\r\nHost: localhost\r\nX-Slow: '],
  ['a part of the body', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nxxx'],
];

describe.each(unfinished)('of more connections than allowed that have sent %s', (_, start) => {
  test('the oldest is answered with 408, and the new one is served', async () => {
    const patient = await listen(
      { host: '127.0.0.1', port: 0 },
      (request, response) => request.resume().on('end', () => response.end('answer')),
      { ...limits, headersTimeoutMs: 60_000, requestTimeoutMs: 60_000 },
    );
    const holders: Socket[] = [];
    const left: number[] = [];
    const texts: Promise<string>[] = [];
    for (let index = 0; index < 3; index++) {
      const socket = connect(patient.port, '127.0.0.1');
      holders.push(socket);
      socket.write(start);
      texts.push(readAll(socket));
      socket.on('close', () => left.push(index));
      // One after the other, so that the server sees them in this order.
      await new Promise((resolve) => socket.once('connect', resolve));
    }
    const socket = connect(patient.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    expect(await readAll(socket)).toMatch(/answer$/);
    expect(await texts[0]).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(left).toEqual([0]);
    for (const holder of holders) holder.destroy();
    await patient.close();
  });
});

test('connections that are being answered stay, and new ones are closed at once until one ends', async () => {
  const answering: ServerResponse[] = [];
  const busy = await listen(
    { host: '127.0.0.1', port: 0 },
    (_request, response) => {
      answering.push(response);
      response.write('begun');
    },
    limits,
  );
  const holders = [0, 1, 2].map(() => connect(busy.port, '127.0.0.1'));
  const begun = holders.map((socket) => {
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    return new Promise((resolve) => socket.once('data', resolve));
  });
  await Promise.all(begun);
  expect(await readAll(connect(busy.port, '127.0.0.1'))).toBe('');
  expect(holders.map((socket) => socket.destroyed)).toEqual([false, false, false]);
  for (const response of answering) response.end();
  // An idle connection is closed for a new one.
  const next = connect(busy.port, '127.0.0.1');
  next.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await new Promise((resolve) => next.once('data', resolve));
  for (const socket of [...holders, next]) socket.destroy();
  await busy.close();
});

test('closing does not cut off an answer that the client has not read yet', async () => {
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

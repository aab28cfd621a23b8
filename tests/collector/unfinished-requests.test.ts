// Requests that never end: they must not take the connections or the memory that new senders need.
import { type ChildProcess, spawn } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { rawRequest } from './raw-request.ts';

const now = Date.now();
const json = { 'content-type': 'application/json' };
const span = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  name: 'GET /',
  startTimeUnixNano: `${now}000000`,
  endTimeUnixNano: `${now}000001`,
};
const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });

let child: ChildProcess;
let url: string;
let sockets: Socket[];

beforeEach(async () => {
  sockets = [];
  child = spawn(
    process.execPath,
    ['--require', 'esbuild-register', '--conditions=@waymark/source', join(__dirname, 'serve.ts')],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  url = await new Promise<string>((resolve) => {
    child.stdout?.once('data', (text: Buffer) => resolve(String(text).trim()));
  });
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
});

/** Connects, sends the beginning, and stays connected. */
async function hold(beginning: string | Uint8Array): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => {}); // the collector may close the connection
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(beginning);
  return socket;
}

function post(): Promise<{ readonly status: number }> {
  return rawRequest(`${url}/v1/traces`, { method: 'POST', headers: json, body });
}

const head = 'POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';

test.each([
  ['nothing', ''],
  ['a part of their headers', head],
  ['a part of their bodies', `${head}Content-Length: 1000\r\n\r\n{"resource`],
  ['a chunk of bodies without end', `${head}Transfer-Encoding: chunked\r\n\r\n5\r\n{"res\r\n`],
])('1,000 connections that have sent %s do not block a new sender', async (_, beginning) => {
  await Promise.all(Array.from({ length: 1000 }, () => hold(beginning)));
  for (let count = 0; count < 20; count++) expect((await post()).status).toBe(200);
  // The others stay connected, and more can come.
  await Promise.all(Array.from({ length: 200 }, () => hold(beginning)));
  const answers = await Promise.all(Array.from({ length: 20 }, post));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  expect(sockets.filter(({ destroyed }) => !destroyed).length).toBeGreaterThan(900);
});

test('1,000 connections that send slowly do not block a new sender', async () => {
  await Promise.all(Array.from({ length: 1000 }, () => hold(`${head}Content-Length: 100000\r\n\r\n`)));
  const dripping = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write('x');
  }, 50);
  try {
    for (let count = 0; count < 20; count++) expect((await post()).status).toBe(200);
  } finally {
    clearInterval(dripping);
  }
});

test('bodies that stopped half-way are refused, and free their memory for new ones', async () => {
  const megabyte = Buffer.alloc(1024 * 1024, ' ');
  const texts: string[] = [];
  // More than the limit for all senders together.
  const start = `${head}Content-Length: ${60 * megabyte.length}\r\n\r\n`;
  await Promise.all(
    Array.from({ length: 12 }, async () => {
      const socket = await hold(start);
      socket.on('data', (text) => texts.push(String(text)));
      for (let count = 0; count < 40 && socket.writable; count++) {
        await new Promise((resolve) => socket.write(megabyte, resolve)); // also called with an error
      }
    }),
  );
  for (;;) {
    const { status } = await rawRequest(`${url}/v1/traces`, {
      method: 'POST',
      headers: json,
      body: body + ' '.repeat(30 * megabyte.length),
    });
    if (status === 200) break;
    expect(status).toBe(503); // until they have been idle for long enough
  }
  expect(texts.some((text) => text.startsWith('HTTP/1.1 408 '))).toBe(true);
});

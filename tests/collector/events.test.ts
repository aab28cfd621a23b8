// Server-sent events, read as they arrive over the socket.
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type Collector, startCollector } from 'waymark';
import { rawRequest } from './raw-request.ts';

let collector: Collector;
beforeEach(async () => {
  collector = await startCollector({ port: 0 });
});
afterEach(() => collector.close());

interface Event {
  readonly type: string;
  readonly data: unknown;
}

/** Resolves with the events once they match. */
interface EventReader {
  waitFor(isThere: (events: readonly Event[]) => boolean): Promise<readonly Event[]>;
  close(): void;
}

function listen(query = ''): Promise<EventReader> {
  return new Promise((resolve, reject) => {
    const sent = request(`${collector.url}/waymark/events${query}`, { agent: false }, (response) => {
      const events: Event[] = [];
      const waiting = new Set<() => void>();
      let text = '';
      expect(response.headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          const [, type = ''] = /^event: (.*)$/m.exec(text.slice(0, end)) ?? [];
          const [, data] = /^data: (.*)$/m.exec(text.slice(0, end)) ?? [];
          if (data !== undefined) events.push({ type, data: JSON.parse(data) });
          text = text.slice(end + 2);
        }
        for (const check of waiting) check();
      });
      response.on('error', () => {}); // the test has read enough
      resolve({
        waitFor: (isThere) =>
          new Promise((found) => {
            const check = (): void => {
              if (!isThere(events)) return;
              waiting.delete(check);
              found(events);
            };
            waiting.add(check);
            check();
          }),
        close: () => sent.destroy(),
      });
    });
    sent.on('error', reject).end();
  });
}

const traceIdOf = (index: number) => (index + 1).toString(16).padStart(32, '0');

/** @param services One span for each service. Its event names all of them. */
async function send(index: number, name = 'GET /', services: readonly string[] = ['service']): Promise<void> {
  const now = Date.now();
  const span = {
    traceId: traceIdOf(index),
    spanId: '00f067aa0ba902b7',
    name,
    startTimeUnixNano: `${now}000000`,
    endTimeUnixNano: `${now + 1}000000`,
  };
  const resourceSpans = services.map((stringValue) => ({
    resource: { attributes: [{ key: 'service.name', value: { stringValue } }] },
    scopeSpans: [{ spans: [span] }],
  }));
  const body = JSON.stringify({ resourceSpans });
  const headers = { 'content-type': 'application/json' };
  expect((await rawRequest(collector.otlpUrl, { method: 'POST', headers, body })).status).toBe(200);
}

const traces = (events: readonly Event[]) => events.filter(({ type }) => type === 'trace');

test('report the status first, and then each trace that arrives', async () => {
  const reader = await listen();
  await reader.waitFor((events) => events[0]?.type === 'status');
  await send(0);
  await send(1);
  const events = await reader.waitFor((events) => traces(events).length === 2);
  expect(traces(events).map(({ data }) => data)).toMatchObject([
    { trace: { traceId: traceIdOf(0), name: 'GET /', spanCount: 1 } },
    { trace: { traceId: traceIdOf(1) } },
  ]);
  reader.close();
});

test('report only traces that match a query', async () => {
  const reader = await listen('?query=name%3Awanted');
  await send(0, 'other');
  await send(1, 'wanted');
  const events = await reader.waitFor((events) => traces(events).length > 0);
  expect(traces(events)).toMatchObject([{ data: { trace: { traceId: traceIdOf(1) } } }]);
  reader.close();
});

test('report the status when it has changed', async () => {
  const reader = await listen();
  await send(0);
  const isCounted = ({ type, data }: Event) =>
    type === 'status' && (data as { received: { spans: number } }).received.spans === 1;
  await reader.waitFor((events) => events.some(isCounted));
  reader.close();
});

test('are limited to a hundred readers, and another one may come when one leaves', async () => {
  const readers = await Promise.all(Array.from({ length: 100 }, () => listen()));
  const refused = await rawRequest(`${collector.url}/waymark/events`);
  expect([refused.status, refused.headers['retry-after']]).toEqual([503, '5']);
  readers[0]?.close();
  for (;;) {
    const status = await new Promise<number>((resolve, reject) => {
      const sent = request(`${collector.url}/waymark/events`, { agent: false }, (response) => {
        resolve(response.statusCode ?? 0);
        response.on('error', () => {});
        sent.destroy();
      });
      sent.on('error', reject).end();
    });
    if (status === 200) break; // the collector has noticed that one has left
  }
  for (const reader of readers) reader.close();
});

test('end when the collector does', async () => {
  const reader = await listen();
  await reader.waitFor((events) => events.length > 0);
  await collector.close();
});

test('end properly for a reader that comes while the collector ends', async () => {
  for (const turns of [2, 4, 6, 8]) {
    const ending = await startCollector({ port: 0 });
    const socket = connect(ending.port, '127.0.0.1');
    const heard = readAll(socket);
    socket.write('GET /waymark/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    // The request may arrive before, during or after the first event: one of these turns is the right one.
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    await ending.close();
    const text = await heard;
    if (text.startsWith('HTTP/1.1 200')) expect(text).toMatch(/\r\n0\r\n\r\n$/);
  }
}, 30_000);

test('are not kept for a reader that does not read: it misses some, and the next event says so', async () => {
  const socket = connect(collector.port, '127.0.0.1');
  socket.write('GET /waymark/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await new Promise((resolve) => socket.once('readable', resolve)); // and nothing is read
  const services = Array.from({ length: 200 }, (_, at) => `${at}`.padStart(250, 'n'));
  // Twelve megabytes: more than the system and the collector buffer for a socket.
  for (let index = 0; index < 250; index++) await send(index, 'GET /', services);
  const told = await readUntil(socket, 'event: missed', () => send(1000));
  expect(told.match(/^event: trace$/gm)?.length).toBeLessThan(250);
}, 30_000);

/** Resolves when the other side closes the connection. */
async function readAll(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('error', () => {}); // a connection that was not accepted yet
  await new Promise((resolve) => socket.on('close', resolve));
  return text;
}

async function readUntil(socket: Socket, wanted: string, poke: () => Promise<void>): Promise<string> {
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  // The next event after the reader has caught up says so.
  while (!text.includes(wanted)) await poke();
  socket.destroy();
  return text;
}

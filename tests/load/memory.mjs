// @ts-check
// `npm run measure:memory [-- --requests=200000 --adapter=express]`: what remains on the heap after many requests.
//
// A service in a separate process, from the published build, gets requests of all kinds and exports its spans. After
// 20,000 requests, when the code is warm, and after all of them its garbage is collected: the second heap may not be over 5 %
// larger. The same with 1,000 idle keep-alive connections that have each been served a request, and for a service that
// makes outbound calls; Node's `fetch` keeps some memory itself, so that one is compared with the same service untraced.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildPackages } from '../../scripts/setup.mjs';

const allowedGrowth = 0.05;
const firstRequests = 20_000;
const busyConnections = 64;

/** @typedef {{ adapter: string, idle?: number, calls?: boolean, untraced?: boolean }} Case */
/** @typedef {{ heapUsed: number, arrayBuffers: number, rss: number, exported: number }} Look */

/** @param {number} requests @param {string[]} adapters */
async function measure(requests, adapters) {
  buildPackages();
  const startedMs = Date.now();
  /** @type {Record<string, Record<string, string>>} */
  const table = {};
  /** @param {Case} one @param {number} [limit] */
  const row = async (one, limit) => {
    const { before, after } = await measureCase(one, requests);
    const growth = after.heapUsed / before.heapUsed - 1;
    const isTooMuch = limit !== undefined && growth > limit;
    if (isTooMuch) process.exitCode = 1;
    table[titleOf(one)] = {
      [`heap after ${firstRequests}`]: megabytes(before.heapUsed),
      [`heap after ${requests}`]: megabytes(after.heapUsed),
      growth: `${percent(growth)}${isTooMuch ? ' TOO MUCH' : ''}`,
      limit: limit === undefined ? '–' : percent(limit),
      'buffers then': megabytes(after.arrayBuffers),
      'resident then': megabytes(after.rss),
      'spans exported': String(after.exported),
    };
    return growth;
  };

  for (const adapter of adapters) {
    await row({ adapter }, allowedGrowth);
    await row({ adapter, idle: 1000 }, allowedGrowth);
  }
  const untraced = await row({ adapter: 'express', calls: true, untraced: true });
  await row({ adapter: 'express', calls: true }, allowedGrowth + Math.max(0, untraced));
  console.table(table);
  console.log(`Node ${process.versions.node}, ${((Date.now() - startedMs) / 1000).toFixed(0)} s`);
}

/** @param {Case} one @param {number} requests @returns {Promise<{ before: Look, after: Look }>} */
async function measureCase(one, requests) {
  const { idle = 0, calls = false, untraced = false } = one;
  // The collector, and the service that /call calls: it accepts everything.
  const sink = createServer((request, response) => {
    request.resume().on('end', () => response.end());
  });
  const sinkPort = await listen(sink);
  const service = fork(fileURLToPath(import.meta.url), ['serve', JSON.stringify(one), `http://127.0.0.1:${sinkPort}`], {
    execArgv: ['--expose-gc'],
    env: { PATH: process.env.PATH, NODE_ENV: 'test' },
  });
  const ended = once(service, 'exit').then(() => Promise.reject(new Error(`${titleOf(one)}: the service ended.`)));
  const message = async () => (await Promise.race([once(service, 'message'), ended]))[0];

  try {
    const { port } = await message();
    const idleOnes = await openConnections(port, idle);
    const busyOnes = await openConnections(port, busyConnections);
    let expected = 0;
    /** @param {Connection[]} connections @param {number} count @param {(sent: number) => number} kindOf */
    const send = async (connections, count, kindOf) => {
      let sent = 0;
      await Promise.all(
        connections.map(async ({ request }) => {
          for (let number = sent++; number < count; number = sent++) {
            const { text, spans } = kinds[kindOf(number)] ?? firstKind;
            expected += untraced ? 0 : spans;
            await request(text);
          }
        }),
      );
    };
    const look = async () => {
      // So that all connections keep the same kind of request each time.
      await send(busyOnes, busyOnes.length, () => 0);
      service.send('look');
      return message();
    };
    const kindOf = (/** @type {number} */ number) => number % (calls ? kinds.length : kinds.length - 1);

    await send(idleOnes, idle, () => 0);
    await send(busyOnes, firstRequests, kindOf);
    const before = await look();
    await send(busyOnes, requests - firstRequests, kindOf);
    const after = await look();
    if (after.exported !== expected) {
      throw new Error(`${titleOf(one)}: ${after.exported} spans were exported, expected ${expected}.`);
    }
    // They were idle, and not closed.
    await send(idleOnes, idle, () => 0);
    for (const { close } of [...idleOnes, ...busyOnes]) close();
    return { before, after };
  } finally {
    ended.catch(() => {}); // it may end from here on
    service.kill('SIGKILL');
    sink.closeAllConnections();
    sink.close();
  }
}

const json = 'content-type: application/json\r\n';
const traceparent = '4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7';
const firstKind = { text: 'GET /users/7?page=2 HTTP/1.1\r\nhost: load.test\r\n\r\n', spans: 2 };

/** The requests, with their number of spans. All are sampled, so that they can be counted. The last one calls the sink. */
const kinds = [
  firstKind,
  {
    text: `GET /users/8 HTTP/1.1\r\nhost: load.test\r\ntraceparent: 00-${traceparent}-01\r\ntracestate: vendor=1\r\n\r\n`,
    spans: 2,
  },
  { text: `POST /users HTTP/1.1\r\nhost: load.test\r\n${json}content-length: 12\r\n\r\n{"name":"A"}`, spans: 2 },
  { text: 'GET /users/9 HTTP/1.1\r\nhost: load.test\r\nbaggage: tenant=acme,user=9\r\n\r\n', spans: 2 },
  { text: 'GET /nothing HTTP/1.1\r\nhost: load.test\r\n\r\n', spans: 1 },
  { text: 'GET /fail HTTP/1.1\r\nhost: load.test\r\n\r\n', spans: 1 },
  { text: 'GET /call HTTP/1.1\r\nhost: load.test\r\n\r\n', spans: 2 },
];

/** @typedef {{ request: (text: string) => Promise<void>, close: () => void }} Connection */

/** @param {number} port @param {number} count @returns {Promise<Connection[]>} */
async function openConnections(port, count) {
  /** @type {Connection[]} */
  const connections = [];
  // One after the other: a server's queue of new connections is short.
  while (connections.length < count) connections.push(await openConnection(port));
  return connections;
}

/** @param {number} port @returns {Promise<Connection>} */
async function openConnection(port) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  let answered = () => {};
  let failed = (/** @type {Error} */ _error) => {};
  socket.on('data', (data) => {
    // All answers are JSON objects with a content-length: nothing follows them.
    if (data.at(-1) === 125) answered(); // "}"
  });
  socket.on('error', () => {}); // 'close' comes after it
  socket.on('close', () => failed(new Error('The service closed a connection.')));
  return {
    request: (text) =>
      new Promise((resolve, reject) => {
        answered = resolve;
        failed = reject;
        if (socket.destroyed) reject(new Error('The service has closed a connection.'));
        else socket.write(text);
      }),
    close() {
      failed = () => {};
      socket.destroy();
    },
  };
}

/** The service. @param {Case} one @param {string} sink */
async function serve({ adapter, untraced }, sink) {
  const { activeSpan, createTracer, withSpan } = await import('@waymark/core');
  const { otlpExporter } = await import('@waymark/core/otlp');
  const exporter = otlpExporter({ url: `${sink}/v1/traces`, batch: { scheduleDelayMs: 200 } });
  const tracer = untraced ? undefined : createTracer({ serviceName: adapter, exporter });

  const load = async () => ({ id: 7 });
  const server = await starts[/** @type {keyof typeof starts} */ (adapter)](tracer, {
    user() {
      activeSpan()?.setAttribute('user.id', 7);
      return tracer ? withSpan('load', load) : load();
    },
    async call() {
      await (await fetch(sink)).arrayBuffer();
      return { called: true };
    },
    async fail() {
      throw new Error('broken');
    },
  });
  server.keepAliveTimeout = 0; // idle connections must stay open

  process.on('message', async () => {
    await tracer?.flush();
    for (let round = 0; round < 8; round++) {
      globalThis.gc?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
    process.send?.({ heapUsed, arrayBuffers, rss, exported: tracer?.stats().exported ?? 0 });
  });
  process.send?.({ port: portOf(server) });
}

/** @typedef {import('@waymark/core').Tracer | undefined} MaybeTracer */
/** @typedef {Record<'user' | 'call' | 'fail', () => Promise<object>>} Answers */

const starts = {
  /** @param {MaybeTracer} tracer @param {Answers} answers */
  async express(tracer, answers) {
    const [{ default: express }, { tracing }] = await Promise.all([import('express'), import('@waymark/express')]);
    const app = express();
    if (tracer) app.use(tracing({ tracer }));
    app.use(express.json());
    app.get('/users/:id', async (_request, response) => response.json(await answers.user()));
    app.post('/users', async (_request, response) => response.json(await answers.user()));
    app.get('/call', async (_request, response) => response.json(await answers.call()));
    app.get('/fail', async (_request, response) => response.json(await answers.fail()));
    app.use((_request, response) => response.status(404).json({}));
    /** @type {import('express').ErrorRequestHandler} */
    const answerError = (_error, _request, response, _next) => response.status(500).json({});
    app.use(answerError);
    const server = createServer(app);
    await listen(server);
    return server;
  },

  /** @param {MaybeTracer} tracer @param {Answers} answers */
  async fastify(tracer, answers) {
    const [{ default: fastify }, { tracing }] = await Promise.all([import('fastify'), import('@waymark/fastify')]);
    const app = fastify();
    if (tracer) await app.register(tracing, { tracer });
    app.get('/users/:id', answers.user);
    app.post('/users', answers.user);
    app.get('/call', answers.call);
    app.get('/fail', answers.fail);
    await app.listen({ port: 0, host: '127.0.0.1' });
    return app.server;
  },

  /** @param {MaybeTracer} tracer @param {Answers} answers */
  async 'node:http'(tracer, answers) {
    const { setRoute, traceHandler } = await import('@waymark/core/http');
    /** @type {import('node:http').RequestListener} */
    const handler = async (request, response) => {
      response.setHeader('content-type', 'application/json');
      try {
        for await (const _part of request);
        const name = String(request.url?.split('/')[1]).replace('users', 'user');
        const answer = /** @type {Partial<Answers>} */ (answers)[/** @type {keyof Answers} */ (name)];
        if (answer) setRoute(request, `/${name}`);
        else response.statusCode = 404;
        response.end(JSON.stringify((await answer?.()) ?? {}));
      } catch {
        response.statusCode = 500;
        response.end('{}');
      }
    };
    const server = createServer(tracer ? traceHandler(handler, { tracer }) : handler);
    await listen(server);
    return server;
  },
};

/** @param {import('node:http').Server} server @returns {Promise<number>} */
async function listen(server) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  return portOf(server);
}

/** @param {import('node:http').Server} server */
function portOf(server) {
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port;
}

/** @param {Case} one */
function titleOf({ adapter, idle, calls, untraced }) {
  const beside = idle ? `, ${idle} idle connections` : calls ? ', with calls' : '';
  return `${adapter}${beside}${untraced ? ', untraced' : ''}`;
}

/** @param {number} bytes */
function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}

/** @param {number} share */
function percent(share) {
  return `${(share * 100).toFixed(1)} %`;
}

const { values, positionals } = parseArgs({
  options: { requests: { type: 'string', default: '200000' }, adapter: { type: 'string', multiple: true } },
  allowPositionals: true,
});
const [role, one, sink] = positionals;
if (role === 'serve') await serve(JSON.parse(String(one)), String(sink));
else await measure(Number(values.requests), values.adapter ?? ['express', 'fastify', 'node:http']);

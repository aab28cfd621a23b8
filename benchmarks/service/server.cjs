// One service in a separate process: `server.cjs '{"framework":"fastify","variant":"waymark",…}'`. It reports its port, and
// answers questions about itself over IPC.
'use strict';
const { executionAsyncResource } = require('node:async_hooks');
const { get } = require('node:http');
const { setImmediate: nextTurn } = require('node:timers/promises');

const options = JSON.parse(process.argv[2] ?? '{}');
const [family, mode = ''] = options.variant.split(':');
// Before the framework is loaded: some tracers rewrite its module.
const variant = require(`./variants/${family}.cjs`)({ ...options, mode });
const { request } = require('undici');

// Waymark makes sure that V8 does not forget the shape of these objects, which saves more than its spans cost. Whether this happens
// to the other variants depends on chance. Here it happens to none, so that only tracing is compared: see core/http/tick-shape.ts.
const kept = [];
process.nextTick(() => kept.push(executionAsyncResource()));

const starters = { express: startExpress, fastify: startFastify };

async function main() {
  const port = await starters[options.framework]();
  // A service of any size sees a full collection while it starts. Of those here only the larger would, and pay for it in Node's and
  // the framework's code: Express's router then takes a microsecond more to note a parameter.
  await collectGarbage();
  process.on('message', (question) => void answer(question));
  process.send({ port });
}

async function startExpress() {
  const express = require('express');
  const app = express();
  // The framework's defaults that a service in production turns off, and that cost the same everywhere.
  app.disable('x-powered-by').disable('etag');
  await variant.express?.(app);
  for (let index = 0; index < options.middlewares; index++) app.use((_request, _response, next) => next());
  app.get('/users/:id', (incoming, response) => {
    response.json({ id: incoming.params.id, name: 'Ada' });
  });
  app.get('/orders/:id', async (incoming, response) => {
    response.json(await loadOrder(incoming.params.id));
  });
  return new Promise((resolve) => {
    const server = app.listen(0, '127.0.0.1', () => resolve(server.address().port));
    keepConnections(server);
  });
}

async function startFastify() {
  const fastify = require('fastify');
  const app = fastify();
  await variant.fastify?.(app);
  for (let index = 0; index < options.middlewares; index++)
    app.addHook('onRequest', (_request, _reply, next) => next());
  app.get('/users/:id', async (incoming) => ({ id: incoming.params.id, name: 'Ada' }));
  app.get('/orders/:id', async (incoming) => loadOrder(incoming.params.id));
  await app.listen({ port: 0, host: '127.0.0.1' });
  keepConnections(app.server);
  return app.server.address().port;
}

/** Connections stay open while other services have their turn. */
function keepConnections(server) {
  server.keepAliveTimeout = 0;
  server.headersTimeout = 0;
  server.requestTimeout = 0;
}

/** One outbound call, three awaits, one manual span. */
async function loadOrder(id) {
  const response = await request(`${options.upstream}/stock/${id}`);
  const stock = await response.body.json();
  return variant.inSpan('priceOrder', async () => {
    await undefined;
    return { id, stock: stock.count, price: 12 };
  });
}

async function answer(question) {
  if (question === 'exit') process.exit();
  if (question === 'flush') await variant.flush?.();
  if (question === 'gc') await collectGarbage();
  if (question === 'call') for (let count = 0; count < 100; count++) await callByHttp();
  const { user, system } = process.cpuUsage();
  const { heapUsed, rss } = process.memoryUsage();
  process.send({ cpuUs: user + system, heapBytes: heapUsed, rssBytes: rss });
}

async function collectGarbage() {
  for (let count = 0; count < 3; count++) {
    await nextTurn();
    global.gc();
  }
}

function callByHttp() {
  return new Promise((resolve, reject) => {
    get(`${options.upstream}/stock/1`, (response) => response.resume().on('end', resolve)).on('error', reject);
  });
}

void main();

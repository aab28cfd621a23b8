// Mercurius in Fastify, with a subscription over a WebSocket: node mercurius.cjs <package of fastify> <of mercurius> <jit> <scope?>
const DataLoader = require('dataloader');
const WebSocket = require('ws');
const { tracing } = require('@waymark/fastify');
const { withSpan } = require('@waymark/core');
const { inMemoryExporter } = require('@waymark/core/testing');
const { draw } = require('./draw.cjs');
const { batchFunction, createResolvers, post, requests, typeDefs } = require('./shop.cjs');

const [fastify, mercurius, jit, scope] = process.argv.slice(2);
const createApp = require(fastify);
const plugin = require(mercurius);

function subscribe(url, query) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, 'graphql-transport-ws');
    const send = (message) => socket.send(JSON.stringify(message));
    socket.on('error', reject);
    socket.on('close', resolve);
    socket.on('open', () => send({ type: 'connection_init' }));
    socket.on('message', (data) => {
      const { type } = JSON.parse(data);
      if (type === 'connection_ack') send({ id: '1', type: 'subscribe', payload: { query } });
      if (type === 'complete') socket.close();
    });
  });
}

async function run() {
  const exporter = inMemoryExporter();
  const app = createApp();
  const libraries = { ws: false }; // its messages have spans
  await app.register(tracing, { serviceName: 'shop', exporter, libraries, outbound: false, logLevel: 'none' });
  const prices = new DataLoader(batchFunction(withSpan), { name: 'prices', cache: false });
  const resolvers = createResolvers(withSpan, prices);
  const options = { schema: typeDefs, resolvers, jit: Number(jit), allowBatchedQueries: true, subscription: true };
  if (scope === 'scope') app.register(async (child) => child.register(plugin, options), { prefix: '/' });
  else app.register(plugin, options);
  const origin = await app.listen({ port: 0, host: '127.0.0.1' });
  const url = `${origin}/graphql`;
  if (Number(jit) > 0) {
    for (let count = 0; count < 3; count++) await post(url, requests.basket);
    exporter.reset();
  }
  for (const request of Object.values(requests)) await post(url, request);
  await subscribe(url.replace('http', 'ws'), 'subscription Ticks { ticks(count: 2) }');
  await app.close();
  console.log(JSON.stringify({ lines: draw(exporter.spans), spans: exporter.spans }));
}

run();

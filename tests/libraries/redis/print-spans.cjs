// Uses the client of Redis that its argument names, and prints how it is traced, and the spans.
const { getTracer, withSpan } = require('@waymark/core');
const { instrumentLibraries } = require('@waymark/core/libraries');
const { inMemoryExporter } = require('@waymark/core/testing');
const { drawSpans } = require('../draw-spans.ts');

const [library] = process.argv.slice(2);
const port = Number(process.env.REDIS_PORT);
const isNodeRedis = library.startsWith('redis');

const exporter = inMemoryExporter();
const tracer = getTracer({ exporter, logLevel: 'none', env: {} });
const loaded = require(library);
instrumentLibraries();

let unhandled = 0;
process.on('unhandledRejection', () => unhandled++);

const connectNodeRedis = async () => {
  const client = loaded.createClient({ socket: { port } });
  await client.connect();
  return {
    lpush: () => client.lPush('k', 'x'),
    transaction: () => client.multi(),
    pipeline: () => client.multi().get('k').get('k').execAsPipeline(),
    close: () => client.disconnect(),
    client,
  };
};

const connectIoredis = async () => {
  const client = new loaded.Redis(port);
  await client.ping();
  return {
    lpush: () => client.lpush('k', 'x'),
    transaction: () => client.multi(),
    pipeline: () => client.pipeline().get('k').get('k').exec(),
    close: () => client.disconnect(),
    client,
  };
};

const lpushOf = (transaction) => (transaction.lPush ?? transaction.lpush).call(transaction, 'k', 'x');

async function main() {
  const connect = isNodeRedis ? connectNodeRedis : connectIoredis;
  const { client, lpush, transaction, pipeline, close } = await (isNodeRedis
    ? withSpan('connect', connect)
    : connect());
  if (!isNodeRedis) withSpan('connect', () => {});
  await withSpan('commands', async () => {
    await client.set('k', '1');
    await client.get('k');
  });
  await withSpan('transaction', () => transaction().set('k', '1').get('k').exec());
  await withSpan('pipeline', pipeline);
  await withSpan('failures', async () => {
    await lpush().catch(() => {});
    await lpushOf(transaction().get('k'))
      .exec()
      .catch(() => {});
  });
  const drawn = drawSpans(exporter.spans);
  withSpan('unhandled', () => void lpush());
  await client.get('k');
  await new Promise((resolve) => setImmediate(resolve));
  await close();
  const origin = tracer.describeSettings().match(/^libraries\.\w*(?:redis|valkey) +(traced by .*?) +\(/m);
  console.log([origin?.[1], ...drawn, `unhandled rejections: ${unhandled}`].join('\n'));
}

main();

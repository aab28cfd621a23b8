// GraphQL Yoga in Express, as CommonJS or ES module, with a subscription over server-sent events: node yoga.cjs <form> <plugin?>
const express = require('express');
const DataLoader = require('dataloader');
const { tracing } = require('@waymark/express');
const { withSpan } = require('@waymark/core');
const { yogaTracing } = require('@waymark/core/libraries');
const { inMemoryExporter } = require('@waymark/core/testing');
const { draw } = require('./draw.cjs');
const { batchFunction, createResolvers, post, requests, typeDefs } = require('./shop.cjs');

const [form, plugin] = process.argv.slice(2);

async function run() {
  const { createSchema, createYoga } = form === 'cjs' ? require('graphql-yoga') : await import('graphql-yoga');
  const exporter = inMemoryExporter();
  const app = express();
  app.use(tracing({ serviceName: 'shop', exporter, outbound: false, logLevel: 'none' }));
  const prices = new DataLoader(batchFunction(withSpan), { name: 'prices', cache: false });
  const yoga = createYoga({
    schema: createSchema({ typeDefs, resolvers: createResolvers(withSpan, prices) }),
    batching: true,
    logging: false,
    plugins: plugin === 'plugin' ? [yogaTracing()] : [],
  });
  app.all('/graphql', (req, res) => yoga(req, res));
  const listening = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => listening.once('listening', resolve));
  const url = `http://127.0.0.1:${listening.address().port}/graphql`;
  for (const request of Object.values(requests)) await post(url, request);
  const events = await fetch(`${url}?query=${encodeURIComponent('subscription Ticks { ticks(count: 2) }')}`, {
    headers: { accept: 'text/event-stream', connection: 'close' },
  });
  await events.text();
  await new Promise((resolve) => listening.close(resolve));
  console.log(JSON.stringify({ lines: draw(exporter.spans), spans: exporter.spans }));
}

run();

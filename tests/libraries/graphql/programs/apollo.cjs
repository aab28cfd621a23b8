// Apollo Server on Express, as CommonJS or ES module: node apollo.cjs <form> <package of apollo> <plugin?>
const { createRequire } = require('node:module');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const express = require('express');
const DataLoader = require('dataloader');
const { tracing } = require('@waymark/express');
const { withSpan } = require('@waymark/core');
const { inMemoryExporter } = require('@waymark/core/testing');
const { draw } = require('./draw.cjs');
const { batchFunction, createResolvers, post, requests, typeDefs } = require('./shop.cjs');

const [form, apollo, plugin] = process.argv.slice(2);

async function loadApollo() {
  if (form === 'cjs') return require(apollo);
  const main = createRequire(__filename).resolve(apollo); // …/dist/cjs/index.js
  return import(pathToFileURL(join(main, '../../esm/index.js')).href);
}

async function run() {
  const { ApolloServer } = await loadApollo();
  const exporter = inMemoryExporter();
  const app = express();
  app.use(tracing({ serviceName: 'shop', exporter, outbound: false, logLevel: 'none' }));
  const prices = new DataLoader(batchFunction(withSpan), { name: 'prices', cache: false });
  const server = new ApolloServer({
    typeDefs,
    resolvers: createResolvers(withSpan, prices),
    allowBatchedHttpRequests: true,
    plugins: plugin === 'plugin' ? [require('@waymark/core/libraries').apolloTracing()] : [],
  });
  await server.start();
  app.post('/graphql', express.json(), async (req, res) => {
    // As @as-integrations/express5 does, for version 4 as well.
    const headers = new Map(Object.entries(req.headers));
    const httpGraphQLRequest = { body: req.body, headers, method: req.method, search: '' };
    const answer = await server.executeHTTPGraphQLRequest({ httpGraphQLRequest, context: async () => ({}) });
    res
      .status(answer.status ?? 200)
      .type('json')
      .send(answer.body.string);
  });
  const listening = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => listening.once('listening', resolve));
  const url = `http://127.0.0.1:${listening.address().port}/graphql`;
  for (const request of Object.values(requests)) await post(url, request);
  await new Promise((resolve) => listening.close(resolve));
  await server.stop();
  console.log(JSON.stringify({ lines: draw(exporter.spans), spans: exporter.spans }));
}

run();

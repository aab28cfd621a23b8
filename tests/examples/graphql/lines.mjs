// The lines of docs/graphql.md for ES modules with GraphQL 16, in an application.
import { createServer } from 'node:http';
import { traceGraphql, yogaTracing } from '@waymark/core/libraries';
import { inMemoryExporter } from '@waymark/core/testing';
import { tracing } from '@waymark/express';
import express from 'express';
import { buildSchema, execute, parse, subscribe, validate } from 'graphql';
import { createHandler } from 'graphql-http/lib/use/express';
import { useServer } from 'graphql-ws/use/ws';
import { createYoga } from 'graphql-yoga';
import { WebSocketServer } from 'ws';

const schema = buildSchema('type Query { version: String }');
const exporter = inMemoryExporter();

function start(routes) {
  const app = express();
  tracing({ libraries: { graphql: { document: false, maxResolvers: 5 }, dataloader: false } });
  app.use(tracing({ serviceName: 'shop', exporter, outbound: false, logLevel: 'none' }));
  const server = createServer(app);
  const stop = routes(app, server);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve({ stop, server, url: `http://127.0.0.1:${server.address().port}/graphql` }),
    );
  });
}

const withHandlers = (app, server) => {
  const webSocketServer = new WebSocketServer({ server });
  app.all('/graphql', createHandler({ schema, ...traceGraphql({ execute, parse, validate }) })); // graphql-http
  useServer({ schema, ...traceGraphql({ execute, subscribe }) }, webSocketServer); // graphql-ws
  return () => webSocketServer.close();
};

const withYoga = (app) => {
  const yoga = createYoga({ schema, plugins: [yogaTracing()] });
  app.all('/graphql', (req, res) => yoga(req, res));
  return () => undefined;
};

for (const routes of [withHandlers, withYoga]) {
  const { server, stop, url } = await start(routes);
  const headers = { 'content-type': 'application/json', connection: 'close' };
  await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query: 'query Version { version }' }) });
  stop();
  await new Promise((resolve) => server.close(resolve));
}
console.log(JSON.stringify(exporter.spans.map(({ name }) => name)));

// graphql-http and graphql-ws as ES modules, with traced functions, and no subscription that is left behind: node handlers.mjs
import { createServer } from 'node:http';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { withSpan } from '@waymark/core';
import { traceGraphql } from '@waymark/core/libraries';
import { inMemoryExporter } from '@waymark/core/testing';
import { tracing } from '@waymark/express';
import DataLoader from 'dataloader';
import express from 'express';
import { execute, parse, subscribe, validate } from 'graphql';
import { createHandler } from 'graphql-http/lib/use/express';
import { createClient } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocket, WebSocketServer } from 'ws';
import { draw } from './draw.cjs';
import { batchFunction, createResolvers, post, requests, typeDefs } from './shop.cjs';

const exporter = inMemoryExporter();
const prices = new DataLoader(batchFunction(withSpan), { name: 'prices', cache: false });
const schema = makeExecutableSchema({ typeDefs, resolvers: createResolvers(withSpan, prices) });
const app = express();
// Without the spans of messages.
app.use(tracing({ serviceName: 'shop', exporter, libraries: { ws: false }, outbound: false, logLevel: 'none' }));
app.all('/graphql', createHandler({ schema, ...traceGraphql({ execute, parse, validate }) }));
const server = createServer(app);
const sockets = new WebSocketServer({ server, path: '/graphql' });
// Each message is worked on in a span, as by the tracing of `ws`, which is turned off here.
const inSpan =
  (name, fn) =>
  (...args) =>
    withSpan(name, () => fn(...args));
const traced = traceGraphql({ execute, subscribe });
useServer(
  { schema, execute: inSpan('message', traced.execute), subscribe: inSpan('message', traced.subscribe) },
  sockets,
);
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${server.address().port}/graphql`;
for (const request of [requests.basket, requests.broken, requests.invalid, requests.syntax]) await post(url, request);
const client = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket });
for await (const { data } of client.iterate({ query: 'subscription Ticks { ticks(count: 2) }' })) {
  if (typeof data.ticks !== 'number') throw new Error('no tick');
}
for await (const { data } of client.iterate({ query: 'query Version { version }' })) {
  if (data.version !== '1') throw new Error('no version');
}
await client.dispose();
sockets.close();
await new Promise((resolve) => server.close(resolve));
console.log(JSON.stringify({ lines: draw(exporter.spans), spans: exporter.spans }));

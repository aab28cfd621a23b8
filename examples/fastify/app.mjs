// A Fastify app, traced: one line, before or after the routes.
import { Worker } from 'node:worker_threads';
import { withSpan } from '@waymark/core';
import { tracing } from '@waymark/fastify';
import fastify from 'fastify';

const app = fastify();
// Prints each trace here. Leave the exporter out to send traces by OTLP, as ../otlp-collector does.
await app.register(tracing, { serviceName: 'hello', exporter: 'console' });

app.get('/hello/:name', async (request) => {
  const { name } = request.params;
  request.span.setAttribute('hello.name', name);
  const greeting = await withSpan('greet', async () => `Hello, ${name}!`);
  return { greeting, traceId: request.span.traceId };
});

const url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/hello/ada`;
// A client in its own thread. A call of fetch() in this thread would be traced too.
new Worker(`fetch('${url}')`, { eval: true }).on('exit', () => app.close());

// What you should see:
//
// trace c30125b54bd63f2a02f3c1089a615c6b  2 spans, 1 service, 8.70 ms
// hello ▸ GET /hello/:name 200 hello.name=ada  8.70 ms  ─────────────────────────
// └─ greet                                     0.56 ms     ──

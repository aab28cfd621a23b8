// An Express app, traced: one line, before the routes.
import { Worker } from 'node:worker_threads';
import { withSpan } from '@waymark/core';
import { tracing } from '@waymark/express';
import express from 'express';

const app = express();
// Prints each trace here. Leave the exporter out to send traces by OTLP, as ../otlp-collector does.
app.use(tracing({ serviceName: 'hello', exporter: 'console' }));

app.get('/hello/:name', async (req, res) => {
  req.span.setAttribute('hello.name', req.params.name);
  const greeting = await withSpan('greet', async () => `Hello, ${req.params.name}!`);
  res.json({ greeting, traceId: req.span.traceId });
});

const server = app.listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}/hello/ada`;
  // A client in its own thread. A call of fetch() in this thread would be traced too.
  new Worker(`fetch('${url}')`, { eval: true }).on('exit', () => server.close());
});

// What you should see:
//
// trace 21e73165ad86f7876fa3dace09ac06db  2 spans, 1 service, 10.3 ms
// hello ▸ GET /hello/:name 200 hello.name=ada  10.3 ms  ─────────────────────────
// └─ greet                                     0.62 ms               ─╴

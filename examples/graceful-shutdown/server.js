// A service that gets a SIGTERM while it answers a request: the request is finished, and its span is sent.
import { setTimeout as work } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { getTracer } from '@waymark/core';
import { tracing } from '@waymark/express';
import express from 'express';

const app = express();
app.use(tracing({ serviceName: 'orders', exporter: 'console' }));
app.get('/orders', async (_req, res) => {
  console.log('request begins');
  process.kill(process.pid, 'SIGTERM'); // what Kubernetes, docker stop and systemd send
  await work(50);
  res.json([]);
});

const server = app.listen(0, '127.0.0.1', () => {
  // A client in its own thread. A call of fetch() in this thread would be traced too.
  new Worker(`fetch('http://127.0.0.1:${server.address().port}/orders')`, { eval: true });
});

process.on('SIGTERM', () => {
  server.close(async () => {
    const { delivered, lost } = await getTracer().shutdown({ timeoutMs: 5000 });
    console.log(`spans sent: ${delivered}, lost: ${lost}`);
    process.exit();
  });
});

// What you should see:
//
// request begins
// trace 8ffa41fb0fed8f8a16fbeb54a3e1ba4b  1 span, 1 service, 61.8 ms
// orders ▸ GET /orders 200  61.8 ms  ─────────────────────────
//
// spans sent: 1, lost: 0

// Baggage: a value that is set once and travels with the request, here from an Express to a Fastify service.
import { Worker } from 'node:worker_threads';
import { consoleExporter, getBaggage, setBaggage } from '@waymark/core';
import { tracing as traceExpress } from '@waymark/express';
import { tracing as traceFastify } from '@waymark/fastify';
import express from 'express';
import fastify from 'fastify';

const exporter = consoleExporter();

const billing = fastify();
await billing.register(traceFastify, { serviceName: 'billing', exporter });
billing.get('/invoices', async (request) => {
  const tenant = getBaggage('tenant');
  // The trace does not show baggage. Set an attribute to see a value in the trace.
  request.span.setAttribute('tenant', tenant);
  return [{ tenant, total: 40 }];
});
const billingUrl = await billing.listen({ port: 0, host: '127.0.0.1' });

const shop = express();
shop.use(traceExpress({ serviceName: 'shop', exporter }));
shop.get('/', async (_req, res) => {
  setBaggage('tenant', 'acme');
  // All calls to this machine and to private networks carry it from here on. The option propagateTo names other hosts.
  const response = await fetch(`${billingUrl}/invoices`);
  res.json(await response.json());
});

const server = shop.listen(0, '127.0.0.1', () => {
  const client = new Worker(`fetch('http://127.0.0.1:${server.address().port}')`, { eval: true });
  client.on('exit', () => server.close() && billing.close());
});

// What you should see. Both services are in this process, so they are in one picture:
//
// trace 194541ab516128ededf99f451b948e29  3 spans, 2 services, 59.4 ms
// shop ▸ GET / 200                               59.4 ms  ─────────────────────────
// └─ → GET 127.0.0.1:42523/invoices 200          35.4 ms        ───────────────
//    └─ billing ▸ GET /invoices 200 tenant=acme  6.96 ms                 ───

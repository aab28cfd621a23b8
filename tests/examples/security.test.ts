// The code of docs/security.md, running. docs.test.ts checks that each block is in a file like this one, word for word.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createTracer, parentBasedSampler, rateLimitedSampler, readSpan, type TracerOptions } from '@waymark/core';
import { type HttpOptions, trustHeader, trustMember, trustPeers } from '@waymark/core/http';
import { inMemoryExporter } from '@waymark/core/testing';
import { tracing as makeTracing } from '@waymark/express';
import express from 'express';
import request from 'supertest';

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

/** The page leaves the exporter out. The test's own calls are not traced. */
const exporter = inMemoryExporter();
function tracing(options: HttpOptions<express.Request> & TracerOptions): express.RequestHandler {
  return makeTracing({ exporter, outbound: false, env: {}, ...options });
}
beforeEach(() => exporter.reset());

/** Calls an app as another service does, by fetch, and returns its answer. */
async function callApp(app: express.Express, path: string): Promise<string> {
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    return await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  } finally {
    server.close();
  }
}

test('a policy for all callers, and one by request', async () => {
  {
    const app = express();
    app.use(tracing({ serviceName: 'gateway', trust: 'link' }));
    await request(app).get('/a').set('traceparent', traceparent);
  }
  {
    const app = express();
    app.use(tracing({ trust: (req) => (req.path.startsWith('/partners/') ? 'link' : 'ignore') }));
    await request(app).get('/partners/a').set('traceparent', traceparent);
    await request(app).get('/a').set('traceparent', traceparent);
  }
  const spans = await exporter.waitFor(3);
  expect(spans.map(({ parentSpanId, links }) => [parentSpanId, links.length])).toEqual([
    [undefined, 1],
    [undefined, 1],
    [undefined, 0],
  ]);
});

test('ready-made rules', async () => {
  const secret = 'a secret of sixteen characters or more';
  process.env.TRACE_MEMBER = 'cannot-be-guessed';
  const app = express();
  {
    // From our own network, or from elsewhere with the gateway's secret.
    const trust = trustPeers(['loopback', '10.20.0.0/16'], { otherwise: trustHeader('x-acme-internal', secret) });

    // Our services add a member to the tracestate of calls to our own hosts, and recognise each other by it.
    const traceStateMember = { key: 'acme', value: process.env.TRACE_MEMBER };
    app.use(tracing({ traceStateMember, trust: trustMember('acme', { value: traceStateMember.value }) }));

    const byNetwork = express().use(tracing({ trust }));
    await request(byNetwork).get('/').set('traceparent', traceparent);
  }
  await request(app).get('/').set('traceparent', traceparent).set('tracestate', 'acme=cannot-be-guessed');
  await request(app).get('/').set('traceparent', traceparent);
  const spans = await exporter.waitFor(3);
  expect(spans.map(({ parentSpanId }) => parentSpanId)).toEqual(['00f067aa0ba902b7', '00f067aa0ba902b7', undefined]);
});

test('limits per second', async () => {
  // At most 50 traces a second, of all callers together.
  tracing({ sampler: rateLimitedSampler({ tracesPerSecond: 50 }) });

  // A tenth of the traces that start here. At most ten a second of those that callers ask for.
  tracing({
    sampler: parentBasedSampler({
      root: { name: 'traceidratio', ratio: 0.1 },
      remoteParentSampled: rateLimitedSampler({ tracesPerSecond: 10 }),
    }),
  });
  const clock = { wallMs: () => 0, monotonicMs: () => 0 };
  const sampler = rateLimitedSampler({ tracesPerSecond: 50, clock });
  const tracer = createTracer({ exporter, sampler, clock, env: {} });
  for (let count = 0; count < 60; count++) tracer.startSpan('one of sixty at once', { parent: null }).end();
  expect(exporter.spans).toHaveLength(50);
});

test('hosts that get headers', () => {
  // Both kinds of headers, to these hosts only:
  tracing({ propagateTo: ['local', '*.example.com', 'https://partner.test:8443'] });

  // Trace headers to all hosts (the default), baggage also to our own hosts:
  tracing({ propagateTo: { baggage: ['local', '*.example.com'] } });
  expect(() => tracing({ propagateTo: ['https://'] })).toThrow('propagateTo');
});

test('headers that are recorded', async () => {
  const capturing =
    // Word for word:
    tracing({ captureHeaders: { request: ['x-request-id'], response: ['x-cache'] } });
  const app = express().use(capturing);
  app.get('/', (_request, response) => void response.set('x-cache', 'hit').end());
  await request(app).get('/').set('x-request-id', 'r7');
  const [span] = await exporter.waitFor(1);
  expect(span?.attributes).toMatchObject({
    'http.request.header.x-request-id': ['r7'],
    'http.response.header.x-cache': ['hit'],
  });
});

test('later apps of a tracer inherit limits', async () => {
  const tracing = makeTracing;
  const tracer = createTracer({ exporter, env: {}, flushOnExit: false });
  const [app, admin] = [express(), express()];
  app.use(tracing({ tracer, outbound: false, redactQuery: { also: ['voucher'] } }));
  admin.use(tracing({ tracer })); // outbound calls stay untraced, and vouchers redacted
  admin.use(tracing({ tracer, redactQuery: { also: ['coupon'] } })); // vouchers and coupons are redacted
  admin.use(tracing({ tracer, outbound: true })); // named: from now on, outbound calls are traced in both

  app.get('/', async (_, response) => response.send(await callApp(admin, '/?voucher=1&coupon=2')));
  await request(app).get('/');
  const calls = (await exporter.waitFor(3)).filter(({ kind }) => kind === 'client');
  expect(calls.map(({ attributes }) => attributes['url.full'])).toEqual([
    expect.stringMatching(/\?voucher=REDACTED&coupon=REDACTED$/),
  ]);
});

test('a hook at the end of each span', async () => {
  const scrubbing =
    // Word for word:
    tracing({
      onEnding(span) {
        if ('user.name' in readSpan(span).attributes) span.setAttribute('user.name', 'REDACTED');
        span.setAttributes({ 'user.email': undefined }); // removed
      },
    });
  const app = express().use(scrubbing);
  app.get('/', (incoming, response) => {
    incoming.span?.setAttributes({ 'user.name': 'Ada', 'user.email': 'ada@example.com' });
    response.end();
  });
  await request(app).get('/');
  const [span] = await exporter.waitFor(1);
  expect(span?.attributes).toMatchObject({ 'user.name': 'REDACTED' });
  expect(span?.attributes).not.toHaveProperty(['user.email']);
});

import { activeSpan, createTracer } from '@waymark/core';
import { inMemoryExporter } from '@waymark/core/testing';
import Fastify, { type FastifyInstance } from 'fastify';
import { tracing } from './index.ts';

let app: FastifyInstance;

beforeEach(() => {
  app = Fastify();
});
afterEach(() => app.close());

async function get(path: string): Promise<string> {
  const address = app.server.listening ? app.listeningOrigin : await app.listen({ host: '127.0.0.1', port: 0 });
  return (await fetch(address + path)).text();
}

test('traces what was registered before it, children included, and their children', async () => {
  const exporter = inMemoryExporter();
  app.get('/before', async (request) => request.span?.traceId);
  app.register(
    async (child) => {
      child.get('/child', async (request) => request.span?.traceId);
      child.register(async (grandchild) => {
        grandchild.get('/grandchild', async () => activeSpan()?.traceId);
      });
    },
    { prefix: '/a' },
  );
  await app.register(tracing, { exporter, outbound: false });

  const answers = [await get('/before'), await get('/a/child'), await get('/a/grandchild')];
  const spans = await exporter.waitFor(3);
  expect(spans.map(({ name }) => name)).toEqual(['GET /before', 'GET /a/child', 'GET /a/grandchild']);
  expect(spans.map(({ traceId }) => traceId)).toEqual(answers);
});

test('stays within the plugin that it was registered in', async () => {
  const exporter = inMemoryExporter();
  app.get('/outside', async (request) => String(request.span));
  app.register(async (child) => {
    await child.register(tracing, { exporter, outbound: false });
    child.get('/inside', async (request) => request.span?.traceId);
  });

  expect(await get('/outside')).toBe('undefined');
  const traceId = await get('/inside');
  expect((await exporter.waitFor(1)).map((span) => [span.name, span.traceId])).toEqual([['GET /inside', traceId]]);
});

test('makes one span where it was registered twice', async () => {
  const exporter = inMemoryExporter();
  await app.register(tracing, { exporter, outbound: false });
  await app.register(tracing, { exporter, outbound: false });
  app.get('/once', async () => 'ok');

  await get('/once');
  await get('/once');
  expect((await exporter.waitFor(2)).map(({ name }) => name)).toEqual(['GET /once', 'GET /once']);
});

test('takes a tracer in place of options, alone or with them', async () => {
  const exporter = inMemoryExporter();
  const tracer = createTracer({ serviceName: 'orders', exporter });
  await app.register(tracing, tracer);
  app.get('/a', async () => 'ok');
  await get('/a');
  const [span] = await exporter.waitFor(1);
  expect(span?.resource.attributes['service.name']).toBe('orders');
});

test('refuses a wrong option when it is registered', async () => {
  await expect(async () => app.register(tracing, { serviceNam: 'orders' } as never)).rejects.toMatchObject({
    code: 'WAYMARK_UNKNOWN_OPTION',
  });
});

test('keeps the context where a content type parser of the application loses it', async () => {
  const exporter = inMemoryExporter();
  const waiting: (() => void)[] = [];
  await app.register(tracing, { exporter, outbound: false });
  app.addContentTypeParser('text/lost', (request, payload, done) => {
    payload.resume().on('end', () => {
      waiting.push(() => done(null, request.span?.traceId));
    });
  });
  app.post('/parsed', async ({ body }) => activeSpan()?.traceId === body);
  // The parser's result comes from a timer that was started outside every request, as that of a connection pool.
  const pool = setInterval(() => waiting.shift()?.(), 1);
  try {
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    const response = await fetch(`${address}/parsed`, {
      method: 'POST',
      headers: { 'content-type': 'text/lost' },
      body: 'x',
    });
    expect(await response.text()).toBe('true');
  } finally {
    clearInterval(pool);
  }
});

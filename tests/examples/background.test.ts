// The code of docs/background.md, running. docs.test.ts checks that each block is in a file like this one, word for word.
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { bind, createTracer, environmentSetter, getTracer, inject, withSpan } from '@waymark/core';
import type { LibrariesOption } from '@waymark/core/libraries';
import { inMemoryExporter, renderTrace } from '@waymark/core/testing';
import { tracing as expressTracing } from '@waymark/express';
import express, { type RequestHandler } from 'express';
import request from 'supertest';
import { readCodeBlocks } from './code-blocks.ts';
import { withoutNumbers } from './run-example.ts';

const exporter = inMemoryExporter();
const tracer = getTracer({ serviceName: 'shop', exporter, flushOnExit: false, logLevel: 'none' });
beforeEach(() => exporter.reset());

const pictures = readCodeBlocks('docs/background.md').filter(({ language }) => language === 'text');

/** The traces as the page shows them, without ids and times. */
function drawn(): string[] {
  return withoutNumbers(renderTrace(exporter.spans, { width: 150 }));
}

test('a span after the response', async () => {
  const save = (order: object) => order;
  const render = (order: object) => JSON.stringify(order);
  const app = express().use(expressTracing({ tracer, outbound: false }), express.json());

  app.post('/orders', async (req, res) => {
    const order = await withSpan('save order', () => save(req.body));
    res.status(202).json(order);
    setTimeout(() => withSpan('send receipt', () => withSpan('render', () => render(order))), 100);
  });

  await request(app).post('/orders').send({ id: 7 });
  await exporter.waitFor(4);
  expect(drawn()).toEqual(withoutNumbers(pictures[0]?.code ?? 'no picture'));
});

const order = { id: 7 };
const render = (given: object) => JSON.stringify(given);

test('a task of a queue in memory', async () => {
  const queue: (() => void)[] = [];
  withSpan('request', { parent: null }, () => {
    queue.push(bind(() => withSpan('render', () => render(order))));

    withSpan('another', { parent: null }, () => queue.shift()?.());
  });
  const [rendered, , owner] = exporter.spans;
  expect(rendered).toMatchObject({ name: 'render', parentSpanId: owner?.spanId });
});

test('a message to a thread', async () => {
  const worker = new Worker(join(__dirname, 'background/thread.cjs'), {
    execArgv: ['--conditions=@waymark/source', '-r', require.resolve('esbuild-register')],
  });
  withSpan('request', { parent: null }, () => {
    const headers = {};
    inject(headers);
    worker.postMessage({ order, headers });
  });
  const [spans] = await once(worker, 'message');
  await worker.terminate();
  expect(spans).toMatchObject([{ name: 'render', parentSpanId: exporter.spans[0]?.spanId, parentIsRemote: true }]);
});

test('an environment of the application', () => {
  withSpan('request', { parent: null }, (span) => {
    const env = { ...process.env }; // a copy: changes to process.env would be seen by other requests
    inject(env, environmentSetter);

    expect(env.TRACEPARENT).toContain(span.spanId);
  });
});

test('the environment of child processes', () => {
  const tracing = (options: { libraries: LibrariesOption }): RequestHandler =>
    expressTracing({ ...options, exporter: 'none', logLevel: 'none' });

  tracing({ libraries: { child_process: { propagateContext: false } } });

  const settings = createTracer({ libraries: { child_process: { propagateContext: false } }, exporter: 'none' });
  expect(settings.describeSettings()).toMatch(/^libraries +all/m);
});

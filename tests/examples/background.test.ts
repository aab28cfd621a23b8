// The code of docs/background.md, running. docs.test.ts checks that each block is in a file like this one, word for word.
import { getTracer, withSpan } from '@waymark/core';
import { inMemoryExporter, renderTrace } from '@waymark/core/testing';
import { tracing } from '@waymark/express';
import express from 'express';
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
  const app = express().use(tracing({ tracer, outbound: false }), express.json());

  app.post('/orders', async (req, res) => {
    const order = await withSpan('save order', () => save(req.body));
    res.status(202).json(order);
    setTimeout(() => withSpan('send receipt', () => withSpan('render', () => render(order))), 100);
  });

  await request(app).post('/orders').send({ id: 7 });
  await exporter.waitFor(4);
  expect(drawn()).toEqual(withoutNumbers(pictures[0]?.code ?? 'no picture'));
});

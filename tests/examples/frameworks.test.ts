// What docs/frameworks.md says about `req.span`, docs/scripts-and-workers.md about jobs, docs/other-tracers.md about its option.
import { activeSpan, createTracer, withSpan } from '@waymark/core';
import { inMemoryExporter } from '@waymark/core/testing';
import { tracing as makeTracing, tracing } from '@waymark/express';
import { tracing as traceFastify } from '@waymark/fastify';
import express from 'express';
import fastify from 'fastify';
import request from 'supertest';

const exporter = inMemoryExporter();
const tracer = createTracer({ serviceName: 'frameworks', exporter, flushOnExit: false });
beforeEach(() => exporter.reset());

test('req.span is the span of the request, also within withSpan()', async () => {
  const app = express().use(tracing({ tracer, outbound: false }));
  app.get('/', async (req, res) => {
    const inner = await tracer.withSpan('step', async (span) => [req.span !== span, activeSpan() === span]);
    res.json([activeSpan() === req.span, ...inner]);
  });
  expect((await request(app).get('/')).body).toEqual([true, true, true]);
});

test('an ignored request has a span that records nothing', async () => {
  const app = express().use(tracing({ tracer, outbound: false, ignore: '/' }));
  app.get('/', (req, res) => void res.json(req.span?.setAttribute('a', 1).isRecording()));
  expect((await request(app).get('/')).body).toBe(false);
  expect(exporter.spans).toEqual([]);
});

test('a span that the application puts on requests stays, set before or after tracing', async () => {
  const ours: express.RequestHandler = (req, _res, next) => {
    Object.assign(req, { span: 'ours' });
    next();
  };
  const trace = tracing({ tracer, outbound: false });
  for (const order of [
    [ours, trace],
    [trace, ours],
  ]) {
    const app = express().use(...order);
    app.get('/', (req, res) => void res.json([req.span, typeof activeSpan()?.traceId]));
    expect((await request(app).get('/')).body).toEqual(['ours', 'string']);
  }

  const service = fastify();
  service.decorateRequest('span' as never, 'ours' as never);
  await service.register(traceFastify, { tracer, outbound: false });
  service.get('/', async (incoming) => [incoming.span, typeof activeSpan()?.traceId]);
  const answer = await fetch(await service.listen({ port: 0, host: '127.0.0.1' }));
  expect(await answer.json()).toEqual(['ours', 'string']);
  await service.close();
});

test('another tracer in the process: an option decides which headers are sent', async () => {
  const app = express();
  const options = { exporter, outbound: false, env: {}, flushOnExit: false };
  const tracing = (given: object) => makeTracing({ ...options, ...given });
  app.use(tracing({ serviceName: 'gateway', existingTraceHeaders: 'replace' }));
  app.get('/', (req, res) => void res.json(req.span?.isRecording()));
  expect((await request(app).get('/')).body).toBe(true);
});

test('each run of a job is a trace, also if a request has scheduled it', async () => {
  const makeReport = async () => 'done';
  function runEveryNight() {
    return withSpan('nightly report', { parent: null }, makeReport);
  }

  const inRequest = await tracer.withSpan('request', async (span) => {
    await runEveryNight();
    return span.traceId;
  });
  const job = exporter.spans.find(({ name }) => name === 'nightly report');
  expect(job?.parentSpanId).toBeUndefined();
  expect(job?.traceId).not.toBe(inRequest);
});

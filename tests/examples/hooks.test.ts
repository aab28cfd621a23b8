// The code of docs/hooks.md, running. docs.test.ts checks that each block is in a file like this one, word for word.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BatchSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { OpenTelemetryReadableSpan, TracerOptions } from '@waymark/core';
import type { HttpOptions } from '@waymark/core/http';
import { inMemoryExporter } from '@waymark/core/testing';
import { tracing as makeTracing } from '@waymark/express';
import express from 'express';
import request from 'supertest';

/** The page leaves the exporter out. */
const exporter = inMemoryExporter();
function tracing(options: HttpOptions<express.Request> & TracerOptions): express.RequestHandler {
  return makeTracing({ exporter, env: {}, ...options });
}

const colour = 'green';

test('hooks that drop a call, and that scrub', async () => {
  const metrics = createServer((_, response) => response.end());
  await new Promise<void>((resolve) => metrics.listen(0, '127.0.0.1', resolve));
  const { port } = metrics.address() as AddressInfo;
  const scrubbing =
    // Word for word:
    tracing({
      onStart(span) {
        if (span.getAttribute('server.address') === 'metrics.internal') span.drop();
        else span.setAttribute('deployment.colour', colour);
      },
      onEnding(span) {
        span.removeAttribute('user.email');
        span.changeEvents((event) => (event.name === 'exception' ? { ...event, attributes: {} } : event));
      },
    });
  const app = express().use(scrubbing);
  app.get('/', async (incoming, response) => {
    incoming.span?.setAttributes({ 'user.email': 'ada@example.com' });
    incoming.span?.recordException(new Error('ada@example.com is unknown'));
    await fetch('http://metrics.internal/').catch(() => 'no such host');
    await fetch(`http://127.0.0.1:${port}/`);
    response.end();
  });
  // The test's own call of the app has a span, too: it is outside the request.
  await request(app).get('/');
  metrics.close();
  const spans = await exporter.waitFor(3);
  expect(spans.map(({ attributes }) => attributes['server.address'])).not.toContain('metrics.internal');
  expect(spans.every(({ attributes }) => attributes['deployment.colour'] === colour)).toBe(true);
  const server = spans.find(({ kind }) => kind === 'server');
  expect(server?.attributes).not.toHaveProperty(['user.email']);
  expect(server?.events.map(({ name, attributes }) => [name, { ...attributes }])).toEqual([['exception', {}]]);
});

class RedactingProcessor {
  onStart(): void {}
  onEnd(span: OpenTelemetryReadableSpan): void {
    if ('user.email' in span.attributes) span.attributes['user.email'] = 'REDACTED';
  }
  async forceFlush(): Promise<void> {}
  async shutdown(): Promise<void> {}
}

test('processors of OpenTelemetry', async () => {
  process.env.OTEL_BSP_SCHEDULE_DELAY = '10'; // the batch processor's, in milliseconds
  let exportSpans: (spans: ReadableSpan[]) => void = () => {};
  const exported = new Promise<ReadableSpan[]>((resolve) => {
    exportSpans = resolve;
  });
  const vendorExporter = {
    export: (spans: ReadableSpan[], done: (result: { code: number }) => void) => {
      exportSpans(spans);
      done({ code: 0 });
    },
    shutdown: async () => {},
  };
  const processing =
    // Word for word:
    tracing({
      spanProcessors: [new RedactingProcessor(), new BatchSpanProcessor(vendorExporter)],
      exporter: 'none',
    });
  delete process.env.OTEL_BSP_SCHEDULE_DELAY;
  const app = express().use(processing);
  app.get('/users/:id', (incoming, response) => {
    incoming.span?.setAttribute('user.email', 'ada@example.com');
    response.end();
  });
  await request(app).get('/users/7');
  const [span] = await exported;
  expect(span).toMatchObject({ name: 'GET /users/:id', kind: 1, attributes: { 'user.email': 'REDACTED' } });
});

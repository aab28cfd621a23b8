// The code of docs/logs.md, running. docs.test.ts checks that each block is in a file like this one, word for word.
import { Writable } from 'node:stream';
import { activeSpan, createTracer } from '@waymark/core';
import { inMemoryExporter } from '@waymark/core/testing';
import { tracing } from '@waymark/fastify';
import makeFastify, { type FastifyServerOptions } from 'fastify';
import makePino, { type LoggerOptions } from 'pino';
import winston from 'winston';

const exporter = inMemoryExporter();
const tracer = createTracer({ serviceName: 'logs', exporter, flushOnExit: false });
beforeEach(() => exporter.reset());

let lines: Record<string, unknown>[] = [];
beforeEach(() => {
  lines = [];
});
const stream = new Writable({
  write(chunk, _encoding, done) {
    for (const line of String(chunk).trim().split('\n')) lines.push(JSON.parse(line));
    done();
  },
});

function traceIds() {
  const span = activeSpan();
  return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
}

/** Logs once within a span and once outside of any. */
function expectIds(write: (message: string) => void): void {
  const ids = tracer.withSpan('step', (span) => {
    write('inside');
    return { trace_id: span.traceId, span_id: span.spanId };
  });
  write('outside');
  const [inside, outside] = lines;
  expect(inside).toMatchObject(ids);
  expect(outside).not.toHaveProperty('trace_id');
}

test('pino', () => {
  const pino = (options: LoggerOptions) => makePino(options, stream);
  const logger = pino({ mixin: traceIds });
  expectIds((message) => logger.info(message));
});

test('Fastify', async () => {
  const fastify = ({ logger }: FastifyServerOptions) => makeFastify({ logger: { ...(logger as object), stream } });
  const app = fastify({ logger: { mixin: traceIds } });
  await app.register(tracing, { tracer, outbound: false });
  app.get('/', (request) => {
    request.log.info('in the handler');
    return request.span?.traceId;
  });

  const traceId = await (await fetch(await app.listen({ port: 0, host: '127.0.0.1' }))).text();
  await exporter.waitFor(1); // the server span ends after the line "request completed"
  const byMessage = Object.fromEntries(lines.map(({ msg, trace_id }) => [msg, trace_id]));
  expect(byMessage).toMatchObject({ 'in the handler': traceId, 'request completed': traceId });
  expect(byMessage['incoming request']).toBeUndefined();
  await app.close();
});

test('winston', () => {
  const logger = winston.createLogger({
    format: winston.format.combine(winston.format((info) => Object.assign(info, traceIds()))(), winston.format.json()),
    transports: [new winston.transports.Console()],
  });
  for (const terminal of logger.transports) terminal.silent = true; // of the test
  logger.add(new winston.transports.Stream({ stream }));
  expectIds((message) => logger.info(message));
});

test('console', () => {
  const printed = jest.spyOn(console, 'log').mockImplementation((line) => void lines.push(JSON.parse(line)));
  function log(message: string, fields?: object) {
    console.log(JSON.stringify({ time: new Date().toISOString(), message, ...fields, ...traceIds() }));
  }
  expectIds((message) => log(message, { 'user.id': '7' }));
  printed.mockRestore();
});

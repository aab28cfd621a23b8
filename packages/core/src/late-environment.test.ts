import { createServer } from 'node:http';
import { createTracer } from './create-tracer.ts';
import { traceHandler } from './http/index.ts';
import { otlpExporter } from './otlp/index.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';

const variable = 'OTEL_EXPORTER_OTLP_HEADERS';
const names = [variable, 'OTEL_SERVICE_NAME', 'OTEL_TRACES_SAMPLER'];
const before = new Map(names.map((name) => [name, process.env[name]]));
let lines: string[];
const log = (line: string) => lines.push(line);

beforeEach(() => {
  lines = [];
  for (const name of names) delete process.env[name];
});
afterAll(() => {
  for (const [name, text] of before) {
    if (text === undefined) delete process.env[name];
    else process.env[name] = text;
  }
});

const startHasRun = () => new Promise((resolve) => setImmediate(resolve));

test('names the variables that were set once the tracer had read them, and not what they hold', async () => {
  const tracer = createTracer({ log, flushOnExit: false, exporter: otlpExporter() });
  process.env[variable] = 'authorization=secret';
  process.env.OTEL_SERVICE_NAME = 'orders';
  await startHasRun();
  await tracer.shutdown();
  expect(lines).toEqual([
    'waymark warn: OTEL_SERVICE_NAME, OTEL_EXPORTER_OTLP_HEADERS were set after tracing had read the environment, and ' +
      "have no effect. Set the variables first: node --env-file=.env app.js, or import 'dotenv/config' above all " +
      'other imports',
  ]);
});

test('notices at the first request what an asynchronous start has set', async () => {
  const exporter = inMemoryExporter();
  const handler = traceHandler((_request, response) => response.end(), { log, exporter, outbound: false });
  await startHasRun();
  process.env.OTEL_SERVICE_NAME = 'orders';
  expect(lines).toEqual([]);
  const server = createServer(handler).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await fetch(`http://127.0.0.1:${port}/`);
  await fetch(`http://127.0.0.1:${port}/`);
  await new Promise((resolve) => server.close(resolve));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('OTEL_SERVICE_NAME was set after tracing had read the environment, and has no effect.');
});

test('says nothing of variables that have no say: given in code, of no setting, or of another environment', async () => {
  createTracer({ log, flushOnExit: false, exporter: [], serviceName: 'orders' });
  createTracer({ log, flushOnExit: false, exporter: [], env: {} });
  process.env.OTEL_SERVICE_NAME = 'other';
  process.env.OTEL_EXPORTER_OTLP_HEADERS = 'a=b';
  await startHasRun();
  expect(lines).toEqual([]);
});

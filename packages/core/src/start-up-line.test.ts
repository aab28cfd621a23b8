import { setImmediate as turn } from 'node:timers/promises';
import { createTracer } from './create-tracer.ts';
import { createHttpTracing } from './http/http-tracing.ts';
import type { TracerOptions } from './options.ts';
import { otlpExporter } from './otlp/otlp-exporter.ts';
import { instrumentOutbound } from './outbound/index.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';
import { version } from './version.ts';

const ending = 'libraries traced: none; sampler: ParentBased{root=AlwaysOnSampler}; propagators: tracecontext, baggage';

/** The lines of a tracer's first moments. */
async function linesOf(
  options: TracerOptions,
  act: (options: TracerOptions) => void = createTracer,
): Promise<string[]> {
  const lines: string[] = [];
  act({
    serviceName: 'orders',
    flushOnExit: false,
    logLevel: 'debug',
    log: (line) => lines.push(line),
    env: {},
    ...options,
  });
  await turn();
  return lines;
}

test('says where spans go, how traces are chosen and carried on, once for each tracer', async () => {
  expect(await linesOf({})).toEqual([
    `waymark debug: waymark ${version} traces orders: spans go to otlp http://localhost:4318/v1/traces; calls traced: none; ${ending}`,
  ]);
});

test('names all exporters, and none', async () => {
  const env = { OTEL_TRACES_EXPORTER: 'zipkin,console' };
  const [both] = await linesOf({ env });
  expect(both).toContain('spans go to zipkin http://localhost:9411/api/v2/spans and console standard output;');
  const mine = { name: 'mine', export: () => {}, stats: () => ({ exported: 0, waiting: 0, dropped: {} }) };
  expect((await linesOf({ exporter: mine }))[0]).toContain('spans go to mine;');
  expect((await linesOf({ exporter: [] }))[0]).toContain('spans go to nowhere;');
});

test('says which calls are traced by what was set up in the same turn', async () => {
  const stop = instrumentOutbound();
  const exporter = inMemoryExporter();
  expect((await linesOf({ exporter }))[0]).toContain('; calls traced: fetch, undici, node:http;');
  const [line] = await linesOf({ exporter }, (options) => createHttpTracing({ ...options, outbound: false }));
  expect(line).toContain('; calls traced: none;');
  stop();
  const [tracing] = await linesOf({ exporter }, createHttpTracing);
  expect(tracing).toContain('; calls traced: fetch, undici, node:http;');
});

test('says of one that is disabled just that', async () => {
  expect(await linesOf({ disabled: true })).toEqual([
    `waymark debug: waymark ${version} traces orders: not at all, it is disabled`,
  ]);
});

test('shows no secret', async () => {
  const url = 'https://me:password@collector.example.com/v1/traces?token=hidden';
  const [line] = await linesOf({
    exporter: otlpExporter({ url, headers: { authorization: 'Bearer sesame' }, env: {} }),
  });
  expect(line).toContain('spans go to otlp https://collector.example.com/v1/traces;');
  expect(line).not.toMatch(/password|hidden|sesame/);
});

test('is not written below level debug', async () => {
  expect(await linesOf({ logLevel: 'info' })).toEqual([]);
});

// Exporters of the application, wrong in every way: nothing of that gets further than the diagnostics.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { consoleExporter } from './console/console-exporter.ts';
import { createTracer } from './create-tracer.ts';
import type { SpanExporter } from './exporter.ts';
import { internalsOf } from './internal-tracer.ts';
import type { Tracer } from './tracer.ts';

const good = (): SpanExporter => ({
  name: 'mine',
  export() {},
  stats: () => ({ exported: 0, waiting: 0, dropped: {} }),
});

/** As it comes from JavaScript. */
function makeTracer(more: Record<string, unknown>, lines: string[] = []): Tracer {
  const exporter = Object.defineProperties(good(), Object.getOwnPropertyDescriptors(more)) as SpanExporter;
  return createTracer({
    serviceName: 'a',
    exporter,
    flushOnExit: false,
    env: {},
    logLevel: 'debug',
    log: (line) => lines.push(line),
  });
}

function fail(): never {
  throw new Error('of the exporter');
}

const zeros = { started: 0, ended: 0, exported: 0, waiting: 0, spooled: 0, dropped: {}, replayed: 0 };

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['a number', 7],
  ['an object without fields', {}],
  ['a promise', Promise.resolve({ exported: 1 })],
  ['a promise that rejects', { [Symbol.for('rejects')]: true }],
  ['fields of other types', { exported: '1', waiting: null, spooled: 'x', dropped: 7, lastError: 'no', replay: 1 }],
  ['numbers that are none', { exported: Number.NaN, waiting: -1, dropped: { a: Number.POSITIVE_INFINITY } }],
])('stats() that returns %s counts as nothing', async (title, stats) => {
  const tracer = makeTracer({ stats: () => (title.endsWith('rejects') ? Promise.reject(new Error('late')) : stats) });
  expect({ ...tracer.stats(), dropped: {} }).toMatchObject(zeros);
  expect(await tracer.shutdown()).toEqual({ delivered: 0, lost: 0, complete: true });
  await new Promise(setImmediate); // when the rejection would have been found unhandled
});

test('stats() that throws, or has fields that throw, counts as zeros', async () => {
  const throwing = Object.defineProperty({}, 'exported', { get: fail, enumerable: true });
  for (const stats of [fail, () => throwing, () => new Proxy({}, { get: fail })]) {
    const tracer = makeTracer({ stats });
    expect(tracer.stats()).toMatchObject(zeros);
    expect(await tracer.flush()).toEqual({ delivered: 0, lost: 0, complete: true });
    expect(tracer.stats().diagnostics['exporter-failed']).toBeGreaterThan(0);
  }
});

test.each(['start', 'export', 'flush', 'shutdown', 'cut', 'save', 'healthCheck'])(
  '%s() may throw or reject',
  async (method) => {
    for (const [answer, isFailing] of [
      [fail, true],
      [() => Promise.reject(new Error('late')), true],
      [() => 7, false],
      [() => null, false],
    ] as const) {
      const tracer = makeTracer({ [method]: answer });
      tracer.startSpan('x').end();
      internalsOf(tracer).cut();
      internalsOf(tracer).save({ isLast: true });
      await tracer.flush();
      await tracer.healthCheck();
      const report = await tracer.shutdown();
      await new Promise(setImmediate);
      if (isFailing && method !== 'healthCheck')
        expect(tracer.stats().diagnostics['exporter-failed']).toBeGreaterThan(0);
      if (isFailing && method === 'export') expect(report).toMatchObject({ delivered: 0 });
    }
  },
);

test('a span is counted as lost if export() rejects later', async () => {
  const tracer = makeTracer({ export: () => Promise.reject(new Error('no disk')) });
  tracer.startSpan('x').end();
  await new Promise(setImmediate);
  expect(tracer.stats()).toMatchObject({ dropped: { 'exporter-failed': 1 }, diagnostics: { 'exporter-failed': 1 } });
});

test.each(['destination', 'origins'])('the property %s may throw', async (property) => {
  const lines: string[] = [];
  const tracer = makeTracer(Object.defineProperty({}, property, { get: fail, enumerable: true }), lines);
  await new Promise(setImmediate); // the line at start
  expect(tracer.describeSettings()).toMatch(/^serviceName/m);
  expect((await tracer.healthCheck()).exporters).toHaveLength(1);
  expect(lines.join()).toMatch(/an exporter threw/);
});

test('a health check that says nothing is not well', async () => {
  const { ok, exporters } = await makeTracer({ healthCheck: async () => undefined }).healthCheck();
  expect([ok, exporters]).toEqual([
    false,
    [{ name: 'mine', ok: false, message: 'the check returned no message', durationMs: expect.any(Number) }],
  ]);
});

test('a process with a faulty exporter ends with its own exit code', () => {
  const script = `
    const { createTracer } = require('@waymark/core');
    for (const stats of [() => ({ exported: 1 }), () => undefined, () => { throw new Error('no') }, async () => { throw new Error('no') }]) {
      const exporter = { name: 'mine', export: async () => { throw new Error('no') }, stats };
      createTracer({ serviceName: 'a', exporter, env: {}, logLevel: 'none' }).startSpan('x').end();
    }
    process.exitCode = 3;
  `;
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--require=esbuild-register', '--conditions=@waymark/source', '--eval', script],
    { cwd: join(__dirname, '..'), encoding: 'utf8' },
  );
  expect([status, stderr]).toEqual([3, '']);
});

test('tracers share a console exporter: it prints until the last has shut down', async () => {
  const prints: string[] = [];
  const exporter = consoleExporter({ write: (text) => prints.push(text) });
  const make = (): Tracer =>
    createTracer({ serviceName: 'a', exporter, flushOnExit: false, env: {}, logLevel: 'none' });
  const [one, other] = [make(), make()];
  one.startSpan('first').end();
  await one.shutdown();
  await one.shutdown();
  other.startSpan('second').end();
  expect(prints).toHaveLength(2);
  await other.shutdown();
  const third = make();
  third.startSpan('third').end();
  expect([prints.length, other.stats().dropped]).toEqual([3, {}]);
});

test('a report covers all spans since the report before, also those that were exported at once', async () => {
  const exporter = consoleExporter({ write: () => {} });
  const tracer = createTracer({ serviceName: 'a', exporter, flushOnExit: false, env: {}, logLevel: 'none' });
  const late = tracer.startSpan('late');
  for (let count = 0; count < 3; count++) tracer.startSpan('x').end();
  expect(await tracer.flush()).toEqual({ delivered: 3, lost: 0, complete: true });
  expect(await tracer.flush()).toEqual({ delivered: 0, lost: 0, complete: true });
  tracer.startSpan('x').end();
  expect(await tracer.shutdown()).toEqual({ delivered: 1, lost: 0, complete: true });
  late.end();
  expect(await tracer.shutdown()).toMatchObject({ delivered: 0, lost: 1, reasons: { 'after-shutdown': 1 } });
});

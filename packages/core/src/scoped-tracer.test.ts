import { createTracer } from './create-tracer.ts';
import { startSpan, withSpan } from './current.ts';
import { getTracer, setDefaultTracer } from './default-tracer.ts';
import { resolveHttpSettings } from './http/resolve-http-settings.ts';
import { coreScope } from './instrumentation-scope.ts';
import { internalsOf } from './internal-tracer.ts';
import { processState } from './process-state.ts';
import { alwaysOffSampler, parentBasedSampler } from './sampler.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';
import { version } from './version.ts';

const exporter = inMemoryExporter();
const tracer = createTracer({ serviceName: 'shop', exporter, flushOnExit: false, env: {} });

afterEach(() => {
  exporter.reset();
  processState.defaultTracer = undefined;
});

function scopesByName(): Record<string, string> {
  return Object.fromEntries(exporter.spans.map(({ name, scope }) => [name, `${scope.name} ${scope.version}`]));
}

test('spans of an application have the scope of core', () => {
  tracer.withSpan('a', () => tracer.startSpan('b', { kind: 'client' }).end());
  expect(exporter.spans.map(({ scope }) => scope)).toEqual([coreScope, coreScope]);
  expect(coreScope).toEqual({ name: '@waymark/core', version });
});

test('spans of a tracer with a scope have that scope, by every method and with every kind of options', () => {
  const scoped = tracer.withScope('pricing', '1.2.0');
  scoped.startSpan('plain').end();
  scoped.startSpan('with options', { kind: 'client', attributes: { a: 1 } }).end();
  scoped.withSpan('run', () => tracer.startSpan('inside').end());
  scoped.withSpan('run with options', { attributes: { a: 1 } }, () => undefined);
  expect(scopesByName()).toEqual({
    plain: 'pricing 1.2.0',
    'with options': 'pricing 1.2.0',
    inside: `@waymark/core ${version}`,
    run: 'pricing 1.2.0',
    'run with options': 'pricing 1.2.0',
  });
});

test('a scope without a version has none, and so has one with an empty version', () => {
  tracer.withScope('pricing').startSpan('a').end();
  tracer.withScope('pricing', '').startSpan('b').end();
  expect(exporter.spans.map(({ scope }) => scope)).toEqual([
    { name: 'pricing', version: undefined },
    { name: 'pricing', version: undefined },
  ]);
});

test('the same name and version give the same tracer, also from a tracer with a scope', () => {
  const scoped = tracer.withScope('pricing', '1.2.0');
  expect(tracer.withScope('pricing', '1.2.0')).toBe(scoped);
  expect(scoped.withScope('pricing', '1.2.0')).toBe(scoped);
  expect(tracer.withScope('pricing', '1.2.1')).not.toBe(scoped);
  expect(tracer.withScope('pricing')).not.toBe(scoped);
  expect(tracer.withScope('pricing","1.2.0')).not.toBe(scoped);
});

test('all spans of a scope share one object, which cannot be changed', () => {
  const scoped = tracer.withScope('pricing', '1.2.0');
  for (const name of ['a', 'b']) scoped.startSpan(name).end();
  const [first, second] = exporter.spans;
  expect(first?.scope).toBe(second?.scope);
  expect(Object.isFrozen(first?.scope)).toBe(true);
});

test('a tracer with a scope shares settings, statistics, propagation and the end with its tracer', async () => {
  const own = createTracer({ serviceName: 'own', exporter: inMemoryExporter(), flushOnExit: false, env: {} });
  const scoped = own.withScope('pricing');
  scoped.startSpan('a').end();
  expect(scoped.stats()).toEqual(own.stats());
  expect(scoped.stats()).toMatchObject({ started: 1, ended: 1 });
  expect(scoped.describeSettings()).toBe(own.describeSettings());
  const carrier: Record<string, string> = {};
  const span = scoped.startSpan('b');
  scoped.withSpan('c', { parent: span }, () => scoped.inject(carrier));
  expect(scoped.extract(carrier).span?.traceId).toBe(span.traceId);
  span.end();
  expect(await scoped.flush()).toMatchObject({ complete: true });
  await scoped.shutdown();
  own.startSpan('too late').end();
  expect(own.stats()).toMatchObject({ started: 3, ended: 3 });
});

test('a sampler decides alike with and without a scope, and an unsampled span is shared by its children', () => {
  const own = createTracer({
    exporter,
    sampler: parentBasedSampler({ root: alwaysOffSampler() }),
    flushOnExit: false,
    env: {},
  });
  const scoped = own.withScope('pricing');
  scoped.withSpan('a', (outer) => scoped.withSpan('b', (inner) => expect(inner).toBe(outer)));
  expect(own.stats()).toMatchObject({ started: 0, notSampled: 1 });
  expect(exporter.spans).toEqual([]);
});

test('a tracer with a scope can be the tracer of the process: its scope is that of spans without a tracer', () => {
  const scoped = tracer.withScope('pricing');
  setDefaultTracer(scoped);
  expect(getTracer()).toBe(scoped);
  withSpan('outer', () => startSpan('inner').end());
  tracer.withSpan('other', () => startSpan('below other').end());
  expect(scopesByName()).toEqual({
    inner: 'pricing undefined',
    outer: 'pricing undefined',
    other: `@waymark/core ${version}`,
    'below other': 'pricing undefined',
  });
});

test('the scope of the process does not go to spans below a span of another tracer', () => {
  const own = createTracer({ exporter, flushOnExit: false, env: {} });
  setDefaultTracer(tracer.withScope('pricing'));
  own.withSpan('outer', () => startSpan('inner').end());
  expect(scopesByName()).toEqual({ outer: `@waymark/core ${version}`, inner: `@waymark/core ${version}` });
});

test('tracing() takes a tracer with a scope, in both forms', () => {
  const scoped = tracer.withScope('pricing');
  expect(resolveHttpSettings(scoped).tracer).toBe(tracer);
  expect(resolveHttpSettings({ tracer: scoped }).tracer).toBe(tracer);
  expect(getTracer()).toBe(scoped);
});

test('setting the same tracer with another scope is not a change of the service', () => {
  const logs: string[] = [];
  const own = createTracer({ exporter, flushOnExit: false, env: {}, log: (line) => logs.push(line) });
  setDefaultTracer(own);
  setDefaultTracer(own.withScope('pricing'));
  expect(logs.filter((line) => line.includes('in the place of'))).toEqual([]);
  expect(internalsOf(getTracer())).toBe(own);
});

test.each([
  [[undefined], 'name of tracer.withScope(name, version) must be a string of 1 to 1024 characters, got undefined.'],
  [[''], 'name of tracer.withScope(name, version) must be a string of 1 to 1024 characters, got "".'],
  [[{ name: 'pricing' }], 'name of tracer.withScope(name, version) must be a string of 1 to 1024 characters, got '],
  [['x'.repeat(1025)], 'name of tracer.withScope(name, version) must be a string of 1 to 1024 characters, got "xx'],
  [['pricing', 1], 'version of tracer.withScope(name, version) must be a string of at most 1024 characters, got 1.'],
  [['pricing', null], 'version of tracer.withScope(name, version) must be a string of at most 1024 characters, got'],
  [['pricing', { version: '1' }], 'version of tracer.withScope(name, version) must be a string of at most 1024'],
  [['pricing', 'x'.repeat(1025)], 'version of tracer.withScope(name, version) must be a string of at most 1024'],
])('withScope(%p) throws at once', (args, message) => {
  const withScope = (...given: unknown[]) => tracer.withScope(...(given as [string, string]));
  expect(() => withScope(...args)).toThrow(expect.objectContaining({ code: 'WAYMARK_INVALID_OPTION' }));
  expect(() => withScope(...args)).toThrow(message);
});

test('the longest name and version are kept whole', () => {
  const longest = 'x'.repeat(1024);
  tracer.withScope(longest, longest).startSpan('a').end();
  expect(exporter.spans[0]?.scope).toEqual({ name: longest, version: longest });
});

test('more scopes than are kept still give each span its own', () => {
  for (let index = 0; index < 1500; index++) tracer.withScope(`scope ${index}`).startSpan(`span ${index}`).end();
  expect(exporter.spans.every(({ name, scope }) => name.slice(5) === scope.name.slice(6))).toBe(true);
});

test('ignores a scope on the prototype of all objects', () => {
  const prototype = Object.prototype as { scope?: unknown; unscoped?: unknown };
  prototype.scope = { name: 'polluted', version: '6.6.6' };
  prototype.unscoped = { name: 'polluted' };
  try {
    tracer.startSpan('a').end();
    tracer.startSpan('b', { kind: 'client' }).end();
    tracer.withScope('pricing').startSpan('c', { attributes: {} }).end();
    setDefaultTracer(tracer);
    withSpan('d', () => undefined);
  } finally {
    delete prototype.scope;
    delete prototype.unscoped;
  }
  expect(scopesByName()).toEqual({
    a: `@waymark/core ${version}`,
    b: `@waymark/core ${version}`,
    c: 'pricing undefined',
    d: `@waymark/core ${version}`,
  });
});

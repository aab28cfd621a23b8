// Whatever the application passes, nothing is thrown into it: each public function with each hostile value, in each place.
import { hostileValues } from '../test/hostile-values.ts';
import * as core from './index.ts';
import { instrumentOutbound } from './outbound/index.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';
import type { Tracer } from './tracer.ts';
import { isWaymarkSpan } from './waymark-span.ts';

const exporter = inMemoryExporter();
const tracer: Tracer = core.createTracer({
  exporter,
  propagators: ['tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger', 'xray'],
  env: {},
  logLevel: 'none',
  flushOnExit: false,
});
core.getTracer({ exporter, env: {}, logLevel: 'none', flushOnExit: false });

const caller = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 };

/** As from a caller without types. */
type Any = never;

describe.each(hostileValues)('%s', (_, given) => {
  const value = given as Any;

  test.each<[string, () => core.Span]>([
    ['recorded', () => tracer.startSpan('s')],
    ['not recorded', () => tracer.startSpan('s', { parent: { ...caller, traceFlags: 0 } })],
    ['remote', () => core.remoteSpan(caller) as core.Span],
    [
      'ended',
      () => {
        const span = tracer.startSpan('s');
        span.end();
        return span;
      },
    ],
  ])('to the methods of a span that is %s', (_kind, start) => {
    const span = start();
    span.setAttribute(value, value).setAttribute('a', value).setAttribute(value, 'a');
    span.setAttributes(value).setAttributes({ a: value });
    span.addEvent(value).addEvent('e', value).addEvent('e', { a: value }, value).addEvent(value, value, value);
    span.addLink(value).addLink({ context: value }).addLink({ context: caller, attributes: value });
    span.addLinks(value).addLinks([value, { context: caller, attributes: { a: value } }]);
    span.recordException(value);
    span.recordException(value, value);
    span.recordException(Object.assign(new Error('e'), { cause: value, errors: value, name: value }));
    span.setStatus(value).setStatus({ code: value, message: value }).setStatus({ code: 'error', message: value });
    span.updateName(value);
    expect(span.spanContext().traceId).toMatch(/^[0-9a-f]{32}$/);
    span.end(value);
    expect(span.isRecording()).toBe(false);
  });

  test('to the functions that start spans', () => {
    const ran: unknown[] = [];
    for (const { startSpan, withSpan } of [tracer, core] as const) {
      const start: typeof core.startSpan = startSpan.bind(tracer);
      const run: typeof core.withSpan = withSpan.bind(tracer) as typeof core.withSpan;
      for (const options of [
        value,
        { kind: value },
        { attributes: value },
        { attributes: { a: value } },
        { links: value },
        { links: [value] },
        { startTime: value },
        { parent: value },
        { kind: value, attributes: value, links: value, startTime: value, parent: value },
      ] as core.SpanOptions[]) {
        start(value, options).end();
        // A function in the place of the options is the one to run.
        if (typeof options !== 'function') ran.push(run('s', options, (span) => span.isRecording()));
      }
      ran.push(run(value, () => 1));
    }
    expect(ran.length).toBe(typeof given === 'function' ? 18 : 20);
  });

  test('to the functions of context and baggage, which run what they are given', () => {
    const ran = [
      core.withContext(value, () => [core.activeSpan(), core.currentContext(), core.startSpan('s').end()].length),
      core.withContext(core.contextWith(value, value), () => {
        core.setBaggage('a', 'b');
        core.inject({});
        core.startSpan('s').end();
        return core.withSpan('s', () => 3);
      }),
      core.withBaggage(value, () => 3),
      core.withBaggage({ a: value }, () => 3),
      core.withSpan('s', () => {
        core.setBaggage(value, value);
        core.setBaggage('a', value, value);
        core.setBaggage('a', 'b', value);
        core.setBaggage('a', 'b', [value]);
        core.deleteBaggage(value);
        core.getBaggage(value);
        core.getAllBaggage();
        return 3;
      }),
      core.bind(() => 3)(),
    ];
    expect(ran).toEqual([3, 3, 3, 3, 3, 3]);
    core.bind(value);
    expect(isWaymarkSpan(value)).toBe(false);
    expect(core.Baggage.from(value).size + core.Baggage.from([value]).size).toBe(0);
    core.Baggage.empty.set(value, value, value).delete(value).get(value);
  });

  test('to inject and extract, as carrier, getter, setter and context', () => {
    core.withSpan('s', () => {
      core.setBaggage('a', 'b');
      for (const { inject, extract } of [tracer, core] as const) {
        const write: typeof tracer.inject = inject.bind(tracer);
        const read: typeof tracer.extract = extract.bind(tracer) as typeof tracer.extract;
        write(value);
        write({}, value);
        write({}, { set: value });
        write({}, undefined, value);
        write({ traceparent: value, baggage: value, b3: value });
        for (const context of [
          read(value),
          read({}, value),
          read({}, { get: value, keys: value }),
          read({}, { get: () => value, keys: () => value }),
          read({ traceparent: value, tracestate: value, baggage: value, b3: value, 'uber-trace-id': value }),
        ]) {
          core.withContext(context, () => core.startSpan('below').end());
        }
      }
    });
  });

  test('to a propagator, a sampler, a hook, a clock, an id generator and an exporter that answer with it', () => {
    const propagator: core.Propagator = { name: 'own', fields: ['own'], extract: () => value, inject: () => value };
    const own = core.createTracer({
      propagators: [propagator, 'tracecontext'],
      sampler: () => value,
      onEnding: () => value,
      clock: { wallMs: () => value, monotonicMs: () => value },
      idGenerator: { traceId: () => value, spanId: () => value },
      exporter: { name: 'own', export: () => value, stats: () => ({ exported: 0, waiting: 0, dropped: {} }) },
      env: {},
      logLevel: 'none',
      flushOnExit: false,
    });
    const context = own.extract({ traceparent: `00-${caller.traceId}-${caller.spanId}-01` });
    core.withContext(context, () => own.startSpan('s').end());
    own.withSpan('s', () => own.inject({}));
    for (const result of [{ sampled: value }, { sampled: true, attributes: value, traceState: value }] as Any[]) {
      const sampled = core.createTracer({ sampler: () => result, exporter: [], env: {}, logLevel: 'none' });
      sampled.startSpan('s').end();
    }
    own.stats();
    own.describeSettings();
  });

  test('to the readers of headers and ids', () => {
    core.parseTraceparent(value);
    core.parseTracestate(value);
    core.parseBaggage(value);
    core.remoteSpan(value);
    core.environmentGetter.get(value, 'traceparent');
    core.TraceState.empty.set(value, value);
    core.TraceState.empty.unset(value);
    core.TraceState.empty.get(value);
  });

  test('to flush, shutdown and healthCheck, which settle', async () => {
    const own = core.createTracer({ exporter: inMemoryExporter(), env: {}, logLevel: 'none', flushOnExit: false });
    expect(await own.flush(value)).toMatchObject({ complete: true });
    expect(await own.flush({ timeoutMs: value })).toMatchObject({ complete: true });
    expect(await own.healthCheck({ timeoutMs: value })).toHaveProperty('ok');
    expect(await own.healthCheck(value)).toHaveProperty('ok');
    expect(await own.shutdown(value)).toMatchObject({ complete: true });
  });

  test('to the functions of set-up, which refuse it by a WaymarkError if at all', () => {
    const calls: (() => unknown)[] = [
      () => core.createTracer(value),
      () => core.createTracer({ serviceName: value, env: {}, exporter: [] }),
      () => core.createTracer({ resource: value, env: {}, exporter: [] }),
      () => core.createTracer({ exporter: value, env: {} }),
      () => core.createTracer({ exporter: [value], env: {} }),
      () => core.createTracer({ sampler: value, env: {}, exporter: [] }),
      () => core.createTracer({ propagators: value, env: {}, exporter: [] }),
      () => core.createTracer({ propagators: [value], env: {}, exporter: [] }),
      () => core.createTracer({ limits: value, env: {}, exporter: [] }),
      () => core.createTracer({ clock: value, idGenerator: value, onEnding: value, log: value, env: {}, exporter: [] }),
      () => core.createSpanContext(value),
      () => core.parentBasedSampler(value),
      () => core.parentBasedSampler({ root: value }),
      () => core.traceIdRatioSampler(value),
      () => core.rateLimitedSampler(value),
    ];
    for (const [index, call] of calls.entries()) {
      try {
        call();
      } catch (error) {
        expect([index, error]).toEqual([index, expect.objectContaining({ name: 'WaymarkError' })]);
      }
    }
  });
});

test('all spans that were started have ended, and a call goes out as usual', async () => {
  const stop = instrumentOutbound();
  const { started, ended } = tracer.stats();
  expect(ended).toBe(started);
  stop();
});

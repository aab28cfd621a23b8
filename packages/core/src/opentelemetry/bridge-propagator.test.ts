import { createContextKey, defaultTextMapGetter, defaultTextMapSetter } from '@opentelemetry/api';
import { apis, resetRegistry, revokedProxy } from '../../test/opentelemetry-apis.ts';
import {
  activeSpan,
  createTracer,
  getAllBaggage,
  getBaggage,
  type Propagator,
  setBaggage,
  setDefaultTracer,
  type TracerOptions,
  withBaggage,
  withSpan,
} from '../index.ts';
import { processState } from '../process-state.ts';
import { inMemoryExporter } from '../testing/in-memory-exporter.ts';
import { bridgeOpenTelemetry } from './bridge.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const traceparent = `00-${traceId}-${spanId}-01`;

function setUp(options: TracerOptions = {}) {
  const tracer = createTracer({
    exporter: inMemoryExporter(),
    env: {},
    logLevel: 'none',
    flushOnExit: false,
    ...options,
  });
  setDefaultTracer(tracer);
  return tracer;
}

afterEach(() => {
  resetRegistry();
  processState.defaultTracer = undefined;
});

describe.each(apis)('propagation of @opentelemetry/api %s', (_version, api) => {
  const { context, propagation, ROOT_CONTEXT, trace } = api;

  beforeEach(() => {
    bridgeOpenTelemetry(api);
  });

  describe('inject()', () => {
    test('writes the span and the baggage of the context that is given', () => {
      setUp();
      withSpan('request', (request) => {
        withBaggage({ tenant: 'acme' }, () => {
          const headers = {};
          propagation.inject(context.active(), headers);
          expect(headers).toEqual({ traceparent: expect.stringContaining(request.traceId), baggage: 'tenant=acme' });
          const none = {};
          propagation.inject(ROOT_CONTEXT, none);
          expect(none).toEqual({});
        });
      });
    });

    test.each([
      ['b3', 'b3'],
      ['jaeger', 'uber-trace-id'],
      ['xray', 'x-amzn-trace-id'],
    ] as const)("writes the tracer's format %s", (name, header) => {
      setUp({ propagators: [name] });
      const headers = {};
      withSpan('request', () => propagation.inject(context.active(), headers));
      expect(Object.keys(headers)).toEqual([header]);
      expect(propagation.fields()).toContain(header);
      const extracted = propagation.extract(ROOT_CONTEXT, headers);
      expect(trace.getSpanContext(extracted)).toMatchObject({ isRemote: true, traceFlags: 1 });
    });

    test('writes by a setter, and to any carrier of Waymark without one', () => {
      setUp();
      const { propagator } = bridgeOpenTelemetry(api);
      withSpan('request', () => {
        const map = new Map<string, string>();
        propagation.inject(context.active(), map, { set: (to, key, value) => to.set(key, value) });
        expect([...map.keys()]).toEqual(['traceparent']);
        const headers = new Headers();
        propagator.inject(context.active(), headers, undefined as never);
        expect(headers.get('traceparent')).toBe(map.get('traceparent'));
      });
    });

    test('writes the ids of a span of another library, and its tracestate', () => {
      setUp();
      const foreign = { traceId, spanId, traceFlags: 1, traceState: api.createTraceState('acme=1') };
      const headers = {};
      propagation.inject(trace.setSpanContext(ROOT_CONTEXT, foreign), headers);
      expect(headers).toEqual({ traceparent, tracestate: 'acme=1' });
    });

    test('writes nothing for an invalid span', () => {
      setUp();
      const headers = {};
      propagation.inject(trace.setSpanContext(ROOT_CONTEXT, api.INVALID_SPAN_CONTEXT), headers);
      expect(headers).toEqual({});
    });

    test('throws nothing at carriers and setters that do', () => {
      const tracer = setUp();
      const frozen = Object.freeze({});
      withSpan('request', () => {
        for (const carrier of [undefined, null, 7, 'text', frozen, revokedProxy]) {
          const value = carrier === revokedProxy ? revokedProxy() : carrier;
          propagation.inject(context.active(), value, defaultTextMapSetter);
          propagation.inject(context.active(), value, { set: () => Reflect.get(revokedProxy(), 'x') });
          propagation.inject(context.active(), value, null as never);
          propagation.inject(revokedProxy(), value, {} as never);
        }
      });
      expect(tracer.stats().diagnostics).toEqual({ 'propagator-failed': expect.any(Number) });
    });
  });

  describe('extract()', () => {
    test('adds to the context, and keeps its other keys', () => {
      setUp();
      const key = createContextKey('key');
      const given = ROOT_CONTEXT.setValue(key, 1);
      const extracted = propagation.extract(given, { traceparent, tracestate: 'acme=1', baggage: 'tenant=acme' });
      expect(extracted.getValue(key)).toBe(1);
      expect(trace.getSpanContext(extracted)).toMatchObject({ traceId, spanId, traceFlags: 1, isRemote: true });
      expect(trace.getSpanContext(extracted)?.traceState?.get('acme')).toBe('1');
      expect(propagation.getBaggage(extracted)?.getAllEntries()).toEqual([['tenant', { value: 'acme' }]]);
      context.with(extracted, () => {
        withSpan('process', (span) => expect(span).toMatchObject({ traceId, parentSpanId: spanId }));
        expect([getBaggage('tenant'), activeSpan()?.spanId]).toEqual(['acme', spanId]);
      });
    });

    test('returns the same context if the carrier has nothing, and leaves its span', () => {
      setUp();
      withSpan('request', (request) => {
        const given = context.active();
        expect(propagation.extract(given, {})).toBe(given);
        expect(propagation.extract(given, { traceparent: 'nonsense', baggage: '=' })).toBe(given);
        const withBaggageOnly = propagation.extract(given, { baggage: 'tenant=acme' });
        expect(trace.getSpan(withBaggageOnly)).toBe(request);
        expect(propagation.extract(ROOT_CONTEXT, {})).toBe(ROOT_CONTEXT);
      });
    });

    test.each<[string, unknown]>([
      ['a string', traceparent],
      ['an array of one', [traceparent]],
      ['bytes, as clients of Kafka have', Buffer.from(traceparent)],
      ['a Uint8Array', new TextEncoder().encode(traceparent)],
      ['an array of bytes', [Buffer.from(traceparent)]],
    ])('reads %s', (_what, value) => {
      setUp();
      for (const getter of [
        defaultTextMapGetter,
        { get: (carrier: object, name: string) => Reflect.get(carrier, name) } as never, // without keys()
        { get: (carrier: object, name: string) => Reflect.get(carrier, name), keys: () => undefined } as never,
        undefined,
      ]) {
        const extracted = propagation.extract(ROOT_CONTEXT, { traceparent: value }, getter);
        expect(trace.getSpanContext(extracted)).toMatchObject({ traceId, spanId });
      }
    });

    test('joins several tracestate and baggage headers, and ignores several traceparent headers', () => {
      setUp();
      const extracted = propagation.extract(ROOT_CONTEXT, {
        traceparent,
        tracestate: ['a=1', 'b=2'],
        baggage: ['c=3', 'd=4'],
      });
      expect(trace.getSpanContext(extracted)?.traceState?.serialize()).toBe('a=1,b=2');
      expect(
        propagation
          .getBaggage(extracted)
          ?.getAllEntries()
          .map(([name]) => name),
      ).toEqual(['c', 'd']);
      expect(propagation.extract(ROOT_CONTEXT, { traceparent: [traceparent, traceparent] })).toBe(ROOT_CONTEXT);
    });

    test('reads baggage of Jaeger by the keys of the getter', () => {
      setUp({ propagators: ['jaeger'] });
      const extracted = propagation.extract(ROOT_CONTEXT, { 'uberctx-tenant': 'acme' });
      expect(propagation.getBaggage(extracted)?.getEntry('tenant')).toEqual({ value: 'acme' });
    });

    test('throws nothing at carriers and getters that do', () => {
      const tracer = setUp();
      for (const carrier of [undefined, null, 7, 'text', []])
        expect(propagation.extract(ROOT_CONTEXT, carrier)).toBe(ROOT_CONTEXT);
      const fail = (): never => {
        throw new Error('no');
      };
      for (const getter of [{ get: fail, keys: fail }, {}, revokedProxy, { get: () => 7 }, { get: () => ({}) }]) {
        const value = getter === revokedProxy ? revokedProxy() : getter;
        expect(propagation.extract(ROOT_CONTEXT, { traceparent }, value as never)).toBe(ROOT_CONTEXT);
      }
      expect(propagation.extract(ROOT_CONTEXT, revokedProxy(), undefined)).toBe(ROOT_CONTEXT);
      expect(tracer.stats().diagnostics).toEqual({ 'propagator-failed': expect.any(Number) });
    });

    test('uses a propagator of the application, and what that throws stays inside', () => {
      const own: Propagator = {
        name: 'own',
        fields: ['x-own'],
        extract: (given) => given,
        inject: (_context, carrier, setter) => setter.set(carrier, 'x-own', '1'),
      };
      const broken: Propagator = {
        name: 'broken',
        fields: ['x-own'],
        extract() {
          throw new Error('no');
        },
        inject() {
          throw new Error('no');
        },
      };
      setUp({ propagators: [broken, own] });
      const headers = {};
      withSpan('request', () => propagation.inject(context.active(), headers));
      expect(headers).toEqual({ 'x-own': '1' });
      expect(propagation.extract(ROOT_CONTEXT, headers)).toBe(ROOT_CONTEXT);
      expect(propagation.fields()).toEqual(['x-own']);
    });
  });

  test('fields() has the names that are written, and makes no tracer', () => {
    expect(propagation.fields()).toEqual(['traceparent', 'tracestate', 'baggage']);
    expect(processState.defaultTracer).toBeUndefined();
    setUp({ propagators: ['b3multi', 'baggage'] });
    expect(propagation.fields()).toEqual(['x-b3-traceid', 'x-b3-spanid', 'x-b3-sampled', 'x-b3-flags', 'baggage']);
  });

  describe('baggage', () => {
    const metadata = api.baggageEntryMetadataFromString('priority=high;secret');

    test('is the same on both sides, with properties as metadata', () => {
      setUp();
      const given = propagation.createBaggage({ tenant: { value: 'a b' }, tier: { value: 'gold', metadata } });
      context.with(propagation.setBaggage(ROOT_CONTEXT, given), () => {
        expect(propagation.getActiveBaggage()).toBe(given);
        expect([...getAllBaggage().entries()]).toEqual([
          ['tenant', { value: 'a b', properties: [] }],
          ['tier', { value: 'gold', properties: [{ key: 'priority', value: 'high' }, { key: 'secret' }] }],
        ]);
        const headers = {};
        propagation.inject(context.active(), headers);
        expect(headers).toEqual({ baggage: 'tenant=a%20b,tier=gold;priority=high;secret' });
        const back = propagation.getBaggage(propagation.extract(ROOT_CONTEXT, headers));
        expect(back?.getEntry('tenant')).toEqual({ value: 'a b' });
        expect(String(back?.getEntry('tier')?.metadata)).toBe('priority=high;secret');
      });
    });

    test('with keys and values that need encoding comes back as it was', () => {
      setUp();
      const entries = { 'user (id)': { value: 'Jürgen, "x"; \\' }, __proto__x: { value: '' }, '10': { value: '1' } };
      const headers = {};
      propagation.inject(propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage(entries)), headers);
      const back = propagation.getBaggage(propagation.extract(ROOT_CONTEXT, headers));
      expect(Object.fromEntries(back?.getAllEntries() ?? [])).toEqual(entries);
    });

    test('that Waymark sets is seen, and a snapshot does not change', () => {
      setUp();
      withSpan('request', () => {
        setBaggage('a', '1', [{ key: 'k', value: 'v w' }, { key: 'flag' }]);
        const snapshot = context.active();
        const before = propagation.getActiveBaggage();
        expect(String(before?.getEntry('a')?.metadata)).toBe('k=v%20w;flag');
        setBaggage('b', '2');
        expect(propagation.getBaggage(snapshot)?.getAllEntries().length).toBe(1);
        expect(propagation.getActiveBaggage()?.getAllEntries().length).toBe(2);
        expect(before?.getAllEntries().length).toBe(1);
        context.with(snapshot, () => expect([getBaggage('a'), getBaggage('b')]).toEqual(['1', undefined]));
      });
    });

    test('is immutable, as that of the API', () => {
      setUp();
      withBaggage({ a: '1', b: '2', c: '3' }, () => {
        const baggage = propagation.getActiveBaggage();
        const names = (given: typeof baggage) => given?.getAllEntries().map(([name]) => name);
        expect(names(baggage?.setEntry('d', { value: '4' }))).toEqual(['a', 'b', 'c', 'd']);
        expect(names(baggage?.removeEntry('a'))).toEqual(['b', 'c']);
        expect(names(baggage?.removeEntries('a', 'c'))).toEqual(['b']);
        expect(names(baggage?.clear())).toEqual([]);
        const entry = baggage?.getEntry('a');
        Object.assign(entry ?? {}, { value: 'changed' });
        expect(baggage?.getEntry('a')).toEqual({ value: '1' });
        expect(baggage?.getEntry('none')).toBeUndefined();
        expect(names(baggage)).toEqual(['a', 'b', 'c']);
      });
    });

    test('is removed by deleteBaggage(), on both sides', () => {
      setUp();
      withBaggage({ a: '1' }, () => {
        context.with(propagation.deleteBaggage(context.active()), () => {
          expect([propagation.getActiveBaggage(), getBaggage('a')]).toEqual([undefined, undefined]);
        });
      });
    });

    test.each<[string, () => unknown]>([
      ['is no baggage', () => ({})],
      ['is a string', () => 'a=1'],
      ['throws', () => ({ getAllEntries: () => Reflect.get(revokedProxy(), 'x') })],
      ['cannot be looked at', revokedProxy],
      ['has entries of another form', () => ({ getAllEntries: () => [7, ['a'], ['b', null], ['c', { value: 3 }]] })],
      ['has a key that is empty', () => propagation.createBaggage({ '': { value: '1' } })],
      ['has metadata that throws', () => propagation.createBaggage({ a: { value: '1', metadata: revokedProxy() } })],
    ])('that %s is kept for OpenTelemetry, and harms nothing', (_what, make) => {
      setUp();
      const given = make();
      context.with(propagation.setBaggage(ROOT_CONTEXT, given as never), () => {
        expect(Object.is(propagation.getActiveBaggage(), given)).toBe(true);
        expect(getAllBaggage().size).toBe(0);
        const headers = {};
        propagation.inject(context.active(), headers);
        expect(headers).toEqual({});
      });
    });

    test('keeps the valid entries beside invalid ones, and counts these', () => {
      const tracer = setUp();
      withSpan('request', () => {
        const given = propagation.createBaggage({ a: { value: 1 as never }, b: { value: '2' } });
        context.with(propagation.setBaggage(context.active(), given), () => expect(getBaggage('b')).toBe('2'));
      });
      expect(tracer.stats().diagnostics).toEqual({ 'invalid-baggage': 1 });
    });
  });
});

import { EventEmitter, once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { apis, resetRegistry, revokedProxy } from '../../test/opentelemetry-apis.ts';
import {
  activeSpan,
  contextWith,
  createTracer,
  currentContext,
  extract,
  getBaggage,
  setBaggage,
  setDefaultTracer,
  withBaggage,
  withContext,
  withSpan,
} from '../index.ts';
import { inMemoryExporter } from '../testing/in-memory-exporter.ts';
import { bridgeOpenTelemetry } from './bridge.ts';
import type { BridgeContext } from './bridge-context.ts';

const key = createContextKey('test key');

beforeEach(() => {
  setDefaultTracer(createTracer({ exporter: inMemoryExporter(), env: {}, logLevel: 'none', flushOnExit: false }));
});

afterEach(resetRegistry);

describe.each(apis)('with @opentelemetry/api %s', (_version, api) => {
  const { context, propagation, trace } = api;

  beforeEach(() => {
    bridgeOpenTelemetry(api);
  });

  describe('context.active()', () => {
    test('is the root context outside any', () => {
      expect(context.active()).toBe(api.ROOT_CONTEXT);
      expect(withContext(extract({}), () => context.active())).toBe(api.ROOT_CONTEXT);
    });

    test('is the context that was entered, whatever it is', () => {
      const ours = withSpan('s', () => context.active().setValue(key, 1));
      const root = api.ROOT_CONTEXT.setValue(key, 1);
      for (const entered of [ours, root, api.ROOT_CONTEXT, '1' as never, Object.freeze({}) as never]) {
        expect(context.with(entered, () => context.active())).toBe(entered);
      }
    });

    test('is the same object until something changes', () => {
      withSpan('s', () => {
        const first = context.active();
        expect(context.active()).toBe(first);
        setBaggage('tenant', 'acme');
        expect(context.active()).not.toBe(first);
        withSpan('inner', () => expect(context.active()).not.toBe(first));
      });
    });

    test.each([null, undefined])('is the root context where %p was entered', (nothing) => {
      withSpan('s', () => {
        expect(context.with(nothing as never, () => [context.active(), activeSpan()])).toEqual([
          api.ROOT_CONTEXT,
          undefined,
        ]);
      });
    });

    test('is the root context if the context of the application throws', () => {
      const broken = new Proxy(
        { span: undefined, baggage: undefined },
        {
          get(target, name, self) {
            if (name === 'values') throw new Error('no');
            return Reflect.get(target, name, self);
          },
        },
      );
      expect(withContext(broken as never, () => context.active())).toBe(api.ROOT_CONTEXT);
    });

    test('does not change a context of the application', () => {
      const own = Object.freeze({ span: undefined, baggage: undefined });
      const span = withSpan('s', (started) => started);
      const ownWithSpan = { span, baggage: undefined };
      expect(withContext(own, () => context.active())).toBe(api.ROOT_CONTEXT);
      const seen = withContext(ownWithSpan, () => [context.active(), context.active()]);
      expect(seen[0]).toBe(seen[1]);
      expect(ownWithSpan).toEqual({ span, baggage: undefined });
    });
  });

  describe('a context', () => {
    test('is immutable, and keeps the values of other keys', () => {
      withSpan('s', (span) => {
        const before = context.active();
        const after = before.setValue(key, 7);
        expect([before.getValue(key), after.getValue(key), after.deleteValue(key).getValue(key)]).toEqual([
          undefined,
          7,
          undefined,
        ]);
        expect(trace.getSpan(after.deleteValue(key))).toBe(span);
      });
    });

    test('keeps private keys through spans, baggage and contexts of Waymark', async () => {
      const root = api.ROOT_CONTEXT.setValue(key, 'kept');
      const seen = await context.with(root, () =>
        withSpan('a', () =>
          withBaggage({ tenant: 'acme' }, async () => {
            await null;
            return withContext(contextWith(trace.getActiveSpan() as never), () =>
              withSpan('b', () => context.active().getValue(key)),
            );
          }),
        ),
      );
      expect(seen).toBe('kept');
    });

    test('shares an object that libraries write into, such as the metadata of contrib', () => {
      const metadataKey = createContextKey('OpenTelemetry SDK Context Key RPC_METADATA');
      const metadata: { route?: string } = {};
      context.with(context.active().setValue(metadataKey, metadata), () => {
        withSpan('handler', () => {
          (context.active().getValue(metadataKey) as typeof metadata).route = '/users/:id';
        });
      });
      expect(metadata).toEqual({ route: '/users/:id' });
    });

    test('without a span has none on either side', () => {
      withSpan('s', () => {
        context.with(trace.deleteSpan(context.active()), () => {
          expect([trace.getActiveSpan(), activeSpan()]).toEqual([undefined, undefined]);
          withSpan('new trace', (span) => expect(span).not.toHaveProperty('parentSpanId', expect.any(String)));
        });
        context.with(api.ROOT_CONTEXT, () =>
          expect([trace.getActiveSpan(), activeSpan()]).toEqual([undefined, undefined]),
        );
      });
    });

    test('has a span of another library as it is, and Waymark continues its trace', () => {
      const foreign = trace.wrapSpanContext({
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        spanId: '00f067aa0ba902b7',
        traceFlags: 1,
      });
      context.with(trace.setSpan(context.active(), foreign), () => {
        expect(trace.getActiveSpan()).toBe(foreign);
        expect(activeSpan()).toMatchObject({ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' });
        withSpan('child', (span) => {
          expect(span).toMatchObject({ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', parentSpanId: '00f067aa0ba902b7' });
          expect(trace.getActiveSpan()).toBe(span);
        });
        expect(trace.getActiveSpan()).toBe(foreign);
        setBaggage('tenant', 'acme');
        expect(trace.getActiveSpan()).toBe(foreign);
      });
    });

    test.each<[string, () => unknown]>([
      ['that is invalid', () => trace.wrapSpanContext(api.INVALID_SPAN_CONTEXT)],
      ['without ids', () => ({ spanContext: () => revokedProxy() })],
      [
        'that throws',
        () => ({
          spanContext() {
            throw new Error('no');
          },
        }),
      ],
      ['that is no object', () => 'span'],
      ['that cannot be looked at', revokedProxy],
    ])('has a span %s as it is, and a new trace starts below it', (_what, make) => {
      const invalid = make();
      context.with(trace.setSpan(context.active(), invalid as never), () => {
        expect(Object.is(trace.getActiveSpan(), invalid)).toBe(true);
        expect(activeSpan()).toBeUndefined();
        withSpan('root', (span) => expect(Reflect.get(span, 'parentSpanId')).toBeUndefined());
      });
    });

    test('of another library is read through its methods', () => {
      const span = withSpan('s', (started) => started);
      const values = new Map<symbol, unknown>([[key, 3]]);
      const theirs = {
        getValue: (given: symbol) => values.get(given),
        setValue: () => theirs,
        deleteValue: () => theirs,
      };
      const withTheirs = trace.setSpan(
        context.with(theirs, () => trace.setSpan(context.active(), span)),
        span,
      );
      expect(withTheirs).toBe(theirs);
      values.set(createContextKey('OpenTelemetry Context Key SPAN'), span);
      context.with(theirs, () => {
        expect(activeSpan()).toBe(span);
        withSpan('child', () => expect(context.active().getValue(key)).toBe(3));
      });
    });

    test('that throws is entered, and nothing is thrown', () => {
      const theirs = {
        getValue: () => revokedProxy(),
        setValue: () => theirs,
        deleteValue: () => theirs,
      };
      expect(context.with(theirs as never, () => context.active())).toBe(theirs);
      expect(context.with(theirs as never, () => activeSpan())).toBeUndefined();
    });
  });

  describe('context.with()', () => {
    test('passes this, arguments and result, and what is thrown', () => {
      const self = { it: 'self' };
      function fn(this: unknown, one: number, two: string) {
        return [this, one, two];
      }
      expect(context.with(context.active(), fn as never, self as never, ...([1, 'b'] as never))).toEqual([
        self,
        1,
        'b',
      ]);
      expect(() =>
        context.with(context.active(), () => {
          throw new Error('out');
        }),
      ).toThrow('out');
    });

    test('leaves the baggage of the context as it is', () => {
      const entered = propagation.setBaggage(context.active(), propagation.createBaggage({ a: { value: '1' } }));
      context.with(entered, () => {
        setBaggage('b', '2');
        expect([getBaggage('a'), getBaggage('b')]).toEqual(['1', '2']);
        expect(propagation.getActiveBaggage()?.getAllEntries()).toEqual([
          ['a', { value: '1' }],
          ['b', { value: '2' }],
        ]);
      });
      expect(propagation.getBaggage(entered)?.getAllEntries()).toEqual([['a', { value: '1' }]]);
      context.with(entered, () => expect(getBaggage('b')).toBeUndefined());
    });

    test('holds through promises, timers and async generators', async () => {
      const entered = api.ROOT_CONTEXT.setValue(key, 1);
      const seen: unknown[] = [];
      const look = () => void seen.push(context.active() === entered);
      async function* numbers() {
        look();
        yield 1;
        await null;
        look();
        yield 2;
      }
      await context.with(entered, async () => {
        await new Promise((resolve) => setTimeout(resolve, 1)).then(look);
        for await (const _number of numbers()) look();
        for await (const _chunk of Readable.from(['a', 'b'])) look();
      });
      expect(seen).toEqual(Array.from({ length: 7 }, () => true));
    });

    test('does nothing to what disable() and enable() are called on', () => {
      const { contextManager } = bridgeOpenTelemetry(api);
      withSpan('s', (span) => {
        expect(contextManager.disable()).toBe(contextManager);
        expect(activeSpan()).toBe(span);
        expect(contextManager.enable()).toBe(contextManager);
      });
    });
  });

  describe('context.bind() of a function', () => {
    test('keeps length, name, this, arguments, result and what is thrown', () => {
      function handler(this: unknown, error: unknown, _request: unknown, _response: unknown, _next: unknown) {
        if (error instanceof Error) throw error;
        return [this, error];
      }
      const bound = context.bind(api.ROOT_CONTEXT, handler);
      expect([bound.length, bound.name]).toEqual([4, 'handler']);
      const self = {};
      expect(bound.call(self, 1, 2, 3, 4)).toEqual([self, 1]);
      expect(() => bound(new Error('out'), 2, 3, 4)).toThrow('out');
    });

    test('runs in the context, and each call has a separate baggage', () => {
      const entered = api.ROOT_CONTEXT.setValue(key, 1);
      const bound = context.bind(entered, () => {
        const before = [context.active() === entered, getBaggage('a')];
        setBaggage('a', '1');
        return before;
      });
      expect([bound(), bound()]).toEqual([
        [true, undefined],
        [true, undefined],
      ]);
    });

    test('binds a function that shows nothing of itself', () => {
      const opaque = new Proxy(() => 'result', {
        get() {
          throw new Error('no');
        },
      });
      expect(context.bind(api.ROOT_CONTEXT, opaque)()).toBe('result');
    });

    test.each([undefined, null, 7, 'text', { a: 1 }, [1]])('returns %p as it is', (value) => {
      expect(context.bind(api.ROOT_CONTEXT, value)).toBe(value);
    });

    test('returns an object that cannot be looked at', () => {
      const opaque = revokedProxy();
      expect(Object.is(context.bind(api.ROOT_CONTEXT, opaque), opaque)).toBe(true);
    });
  });

  describe('context.bind() of an emitter', () => {
    const entered = api.ROOT_CONTEXT.setValue(key, 1);

    test.each(['on', 'addListener', 'once', 'prependListener', 'prependOnceListener'] as const)(
      'binds the listeners of %s(), which are removed by themselves',
      (add) => {
        const emitter = context.bind(entered, new EventEmitter());
        const seen: unknown[] = [];
        const added: unknown[] = [];
        function listener(this: unknown, value: number) {
          seen.push([this === emitter, context.active() === entered, value]);
        }
        emitter.on('newListener', (_event, given) => added.push(given));
        expect(emitter[add]('x', listener)).toBe(emitter);
        expect(emitter.listeners('x')).toEqual([listener]);
        expect(emitter.emit('x', 7)).toBe(true);
        expect(seen).toEqual([[true, true, 7]]);
        expect(emitter.listenerCount('x')).toBe(/once/i.test(add) ? 0 : 1);
        expect(added).toEqual([listener]);
        for (const remove of ['off', 'removeListener'] as const) {
          emitter.removeAllListeners('x');
          emitter[add]('x', listener);
          emitter[add]('x', listener);
          emitter[remove]('x', listener);
          expect(emitter.listenerCount('x')).toBe(1);
          emitter[remove]('x', listener);
          expect(emitter.listenerCount('x')).toBe(0);
        }
        emitter[add]('x', listener);
        emitter.removeAllListeners();
        expect(emitter.eventNames()).toEqual([]);
      },
    );

    test('keeps the order of prepended listeners', () => {
      const emitter = context.bind(entered, new EventEmitter());
      const order: string[] = [];
      emitter.on('x', () => order.push('on'));
      emitter.prependListener('x', () => order.push('prepended'));
      emitter.prependOnceListener('x', () => order.push('once'));
      emitter.emit('x');
      emitter.emit('x');
      expect(order).toEqual(['once', 'prepended', 'on', 'prepended', 'on']);
    });

    test('removes a listener that was added before, and leaves it as it was', () => {
      const emitter = new EventEmitter();
      const seen: unknown[] = [];
      const listener = () => seen.push(context.active());
      emitter.on('x', listener);
      context.bind(entered, emitter);
      emitter.emit('x');
      emitter.on('y', listener);
      emitter.off('x', listener);
      expect([emitter.listenerCount('x'), emitter.listenerCount('y')]).toEqual([0, 1]);
      expect(seen).toEqual([api.ROOT_CONTEXT]);
    });

    test('binds once, to the first context', () => {
      const emitter = new EventEmitter();
      context.bind(entered, context.bind(entered, emitter));
      context.bind(api.ROOT_CONTEXT, emitter);
      const seen: unknown[] = [];
      emitter.on('x', () => seen.push(context.active()));
      emitter.emit('x');
      expect(seen).toEqual([entered]);
    });

    test('works with once() of node:events, and passes its errors', async () => {
      const emitter = context.bind(entered, new EventEmitter());
      const arrived = once(emitter, 'x');
      emitter.emit('x', 7);
      expect(await arrived).toEqual([7]);
      expect(() => emitter.emit('error', new Error('out'))).toThrow('out');
      expect(() => emitter.on('x', undefined as never)).toThrow('listener');
      expect(() => emitter.once('x', 7 as never)).toThrow('listener');
    });

    test('adds nothing that a copy of the properties would have', () => {
      const emitter = new EventEmitter();
      const before = Object.keys(emitter);
      context.bind(entered, emitter);
      expect(Object.keys(emitter)).toEqual(before);
    });

    test('leaves an emitter alone that cannot be changed', () => {
      const emitter = Object.freeze(new EventEmitter());
      expect(context.bind(entered, emitter)).toBe(emitter);
      expect(Object.getOwnPropertyNames(emitter)).not.toContain('on');
    });

    test('lets the listeners of a request run in its context', async () => {
      const seen: unknown[] = [];
      const server = createServer((request, response) => {
        context.bind(entered, request);
        context.bind(entered, response);
        request.on('end', () => seen.push(context.active() === entered));
        response.on('finish', () => seen.push(context.active() === entered));
        request.resume().once('close', () => seen.push(context.active() === entered));
        request.on('end', () => response.end('ok'));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo; // a server that listens on a port has one
      await new Promise<void>((resolve, reject) => {
        get({ port, host: '127.0.0.1', agent: false }, (response) => response.resume().on('end', resolve)).on(
          'error',
          reject,
        );
      });
      await new Promise((resolve) => server.close(resolve));
      expect(seen).toEqual([true, true, true]);
    });
  });
});

describe('context.attach() of API 1.10', () => {
  const [[, api]] = apis as [(typeof apis)[0]];
  const { context } = api;

  beforeEach(() => {
    bridgeOpenTelemetry(api);
  });

  test('makes a context active until the token is disposed of', async () => {
    const [one, two] = [1, 2].map((value) => api.ROOT_CONTEXT.setValue(key, value)) as [BridgeContext, BridgeContext];
    await withSpan('s', async (span) => {
      const before = context.active();
      const outer = context.attach(one);
      expect([context.active(), activeSpan()]).toEqual([one, undefined]);
      const inner = context.attach(two);
      expect(context.active()).toBe(two);
      inner.dispose();
      expect(context.active()).toBe(one);
      await null;
      expect(context.active()).toBe(one);
      outer.dispose();
      outer.dispose();
      expect([context.active(), activeSpan()]).toEqual([before, span]);
    });
    expect(currentContext()).toBeUndefined();
  });

  test('outside any context leaves none behind', () => {
    const token = context.attach(ROOT_CONTEXT.setValue(key, 1));
    token.dispose();
    expect([context.active(), currentContext()]).toEqual([api.ROOT_CONTEXT, undefined]);
  });
});

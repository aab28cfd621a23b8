import { once } from 'node:events';
import type * as Grpc from '@grpc/grpc-js';
import {
  activeSpan,
  createTracer,
  extract,
  getBaggage,
  getTracer,
  setBaggage,
  withContext,
  withSpan,
} from '@waymark/core';
import { traceGrpc } from '@waymark/core/libraries';
import { type InMemoryExporter, inMemoryExporter, type SpanData } from '@waymark/core/testing';
import { drawSpans } from '../draw-spans.ts';
import { type Callback, openClient, openShop, type Shop, settled } from './shop.ts';

const versions = ['@grpc/grpc-js', 'grpc18'] as const;

const exporter: InMemoryExporter = inMemoryExporter();
getTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });

describe.each(versions)('%s', (version) => {
  const grpc: typeof Grpc = require(version);
  let shop: Shop;
  let cancelled: () => void = () => {};

  beforeAll(async () => {
    // Made before tracing is set up, which changes nothing.
    shop = await openShop(grpc, {
      Buy(call: Grpc.ServerUnaryCall<string, string>, callback: Callback) {
        activeSpan()?.addEvent('handled');
        const { request } = call;
        call.on('cancelled', () => cancelled());
        setImmediate(() => {
          withSpan(`buy ${request.split(' ')[0]}`, () => {});
          if (request === 'nothing') callback({ code: grpc.status.NOT_FOUND, details: 'no such item' });
          else if (request === 'broken') callback(new TypeError('stock is broken'));
          else if (request === 'tenant') callback(null, String(call.metadata.get('tenant')));
          else if (request === 'baggage') callback(null, String(getBaggage('tenant')));
          else if (request === 'trace') callback(null, String(call.metadata.get('traceparent')));
          else if (request !== 'never') callback(null, `bought ${request}`);
        });
        if (request === 'throw') throw new RangeError('out of stock');
      },
      List(call: Grpc.ServerWritableStream<string, string>) {
        withSpan('list', () => {});
        if (call.request === 'fail') {
          call.emit('error', { code: grpc.status.DATA_LOSS, details: 'lost' });
          return;
        }
        for (const item of ['one', 'two', 'three']) call.write(item);
        call.end();
      },
      Upload(call: Grpc.ServerReadableStream<string, string>, callback: Callback) {
        let parts = 0;
        call.on('data', (part: string) => {
          parts++;
          withSpan(`part ${part}`, () => {});
        });
        call.on('end', () => {
          withSpan('uploaded', () => {});
          callback(null, `${parts} parts`);
        });
      },
      Chat(call: Grpc.ServerDuplexStream<string, string>) {
        call.on('data', (value: string) => {
          withSpan(`hear ${value}`, () => {});
          call.write(`echo ${value}`);
        });
        call.on('end', () => call.end());
        call.on('cancelled', () => cancelled());
      },
    });
    traceGrpc(grpc);
  });
  afterAll(() => shop.close());
  afterEach(() => {
    exporter.reset();
    cancelled = () => {};
  });

  /** What runs in a request, and its spans as lines. */
  async function draw(count: number, request: () => Promise<unknown>): Promise<readonly string[]> {
    await withSpan('request', request);
    return drawSpans(await exporter.waitFor(count));
  }

  const span = (spans: readonly SpanData[], kind: string) => spans.find((one) => one.kind === kind) as SpanData;

  test('a unary call has a span on each side, with the attributes of the conventions', async () => {
    await withSpan('request', () => settled((callback) => shop.client.Buy('book', callback)));
    const spans = await exporter.waitFor(4);
    expect(drawSpans(spans)).toEqual(['request', '  shop.Shop/Buy', '    shop.Shop/Buy', '      buy book']);
    expect(span(spans, 'client')).toMatchObject({
      name: 'shop.Shop/Buy',
      status: { code: 'unset' },
      attributes: {
        'rpc.system.name': 'grpc',
        'server.address': '127.0.0.1',
        'server.port': shop.port,
        'rpc.method': 'shop.Shop/Buy',
        'rpc.response.status_code': 'OK',
      },
      scope: { name: '@waymark/core/libraries/grpc' },
    });
    expect(span(spans, 'server')).toMatchObject({
      status: { code: 'unset' },
      attributes: {
        'rpc.system.name': 'grpc',
        'server.address': '127.0.0.1',
        'server.port': shop.port,
        'network.peer.address': '127.0.0.1',
        'network.peer.port': expect.any(Number),
        'rpc.method': 'shop.Shop/Buy',
        'rpc.response.status_code': 'OK',
      },
      events: [{ name: 'handled' }],
      scope: { name: '@waymark/core/libraries/grpc' },
    });
  });

  test('streams of either side and of both have spans until their end, and their events run in the right context', async () => {
    expect(
      await draw(4, async () => {
        const items: string[] = [];
        const call = shop.client.List('all');
        call.on('data', (item: string) => {
          items.push(item);
          activeSpan()?.addEvent(item);
        });
        await once(call, 'end');
        expect(items).toEqual(['one', 'two', 'three']);
      }),
    ).toEqual(['request', '  shop.Shop/List', '    shop.Shop/List', '      list']);
    expect(exporter.spans.find(({ name }) => name === 'request')?.events.map(({ name }) => name)).toEqual([
      'one',
      'two',
      'three',
    ]);
    exporter.reset();
    expect(
      await draw(6, () =>
        settled((callback) => {
          const call = shop.client.Upload(callback);
          call.write('1');
          call.write('2');
          call.end();
        }),
      ),
    ).toEqual([
      'request',
      '  shop.Shop/Upload',
      '    shop.Shop/Upload',
      '      part 1',
      '      part 2',
      '      uploaded',
    ]);
    exporter.reset();
    expect(
      await draw(5, async () => {
        const call = shop.client.Chat();
        call.write('hello');
        call.end();
        for await (const answer of call) withSpan(`hears ${answer}`, () => {});
      }),
    ).toEqual(['request', '  shop.Shop/Chat', '    shop.Shop/Chat', '      hear hello', '  hears echo hello']);
  });

  test('callbacks and stream events of the client run in the context of the call', async () => {
    await withSpan('warm up', () => settled((callback) => shop.client.Buy('book', callback)));
    exporter.reset();
    const names = Array.from({ length: 20 }, (_, index) => `request ${index}`);
    await Promise.all(
      names.map((name) =>
        withSpan(name, async (outer) => {
          await new Promise<void>((resolve) => {
            const call = shop.client.Buy('book', () => {
              expect(activeSpan()).toBe(outer);
              resolve();
            });
            call.on('metadata', () => expect(activeSpan()).toBe(outer));
            call.on('status', () => expect(activeSpan()).toBe(outer));
          });
          const upload = shop.client.Upload(() => expect(activeSpan()).toBe(outer));
          await new Promise<void>((resolve) => {
            upload.write('1', () => {
              expect(activeSpan()).toBe(outer);
              resolve();
            });
          });
          upload.end();
          await once(upload, 'status');
          expect(activeSpan()).toBe(outer);
        }),
      ),
    );
  });

  test.each([
    ['nothing', 'NOT_FOUND', false],
    ['broken', 'UNKNOWN', true],
  ])('a call that fails: %s', async (what, code, isServerError) => {
    await withSpan('request', () => settled((callback) => shop.client.Buy(what, callback)));
    const spans = await exporter.waitFor(4);
    expect(span(spans, 'client')).toMatchObject({
      status: { code: 'error', message: what === 'nothing' ? 'no such item' : 'stock is broken' },
      attributes: { 'rpc.response.status_code': code, 'error.type': code },
      events: [],
    });
    const served = span(spans, 'server');
    expect(served.attributes['rpc.response.status_code']).toBe(code);
    expect(served.status.code).toBe(isServerError ? 'error' : 'unset');
    expect(served.attributes['error.type']).toBe(isServerError ? code : undefined);
    expect(served.events.filter(({ name }) => name === 'exception').map(({ attributes }) => attributes)).toEqual(
      isServerError
        ? [expect.objectContaining({ 'exception.type': 'TypeError', 'exception.message': 'stock is broken' })]
        : [],
    );
  });

  test('a stream that fails has the status that its handler gave', async () => {
    await withSpan('request', async () => {
      const call = shop.client.List('fail');
      call.resume();
      await once(call, 'error');
    });
    const spans = await exporter.waitFor(4);
    for (const kind of ['client', 'server']) {
      expect(span(spans, kind)).toMatchObject({
        status: { code: 'error', message: 'lost' },
        attributes: { 'error.type': 'DATA_LOSS' },
      });
    }
  });

  test('a method that the server does not have', async () => {
    await withSpan('request', () => settled((callback) => shop.client.Strange('book', callback)));
    const spans = await exporter.waitFor(3);
    expect(drawSpans(spans)).toEqual(['request', '  shop.Shop/Strange ! UNIMPLEMENTED', '    grpc ! UNIMPLEMENTED']);
    expect(span(spans, 'server').attributes).toMatchObject({
      'rpc.method': '_OTHER',
      'rpc.method_original': 'shop.Shop/Strange',
    });
  });

  test('a request that the server cannot read', async () => {
    await withSpan('request', () => settled((callback) => shop.client.Buy('malformed', callback)));
    expect(drawSpans(await exporter.waitFor(3))).toEqual([
      'request',
      '  shop.Shop/Buy ! INTERNAL',
      '    shop.Shop/Buy ! INTERNAL',
    ]);
  });

  test('a deadline, with a handler that never answers', async () => {
    await withSpan('request', () =>
      settled((callback) => shop.client.Buy('never', { deadline: Date.now() + 100 }, callback)),
    );
    expect(drawSpans(await exporter.waitFor(4))).toEqual([
      'request',
      '  shop.Shop/Buy ! DEADLINE_EXCEEDED',
      '    shop.Shop/Buy ! DEADLINE_EXCEEDED',
      '      buy never',
    ]);
  });

  test('a call that the client cancels is an error there, and none of the server', async () => {
    const seen = new Promise<void>((resolve) => {
      cancelled = () => {
        withSpan('cleaned up', () => {});
        resolve();
      };
    });
    await withSpan('request', async () => {
      const call = shop.client.Chat();
      call.on('data', () => call.cancel());
      call.write('hello');
      await once(call, 'error');
    });
    await seen;
    const spans = await exporter.waitFor(5);
    expect(drawSpans(spans)).toEqual([
      'request',
      '  shop.Shop/Chat ! CANCELLED',
      '    shop.Shop/Chat',
      '      hear hello',
      '      cleaned up',
    ]);
    expect(span(spans, 'server').attributes['rpc.response.status_code']).toBe('CANCELLED');
  });

  test('metadata of the application is sent, and not changed', async () => {
    const metadata = new grpc.Metadata();
    metadata.set('tenant', 'acme');
    const before = JSON.stringify(metadata.getMap());
    for (const name of ['first', 'second']) {
      expect(await withSpan(name, () => settled((callback) => shop.client.Buy('tenant', metadata, callback)))).toBe(
        'acme',
      );
    }
    expect(JSON.stringify(metadata.getMap())).toBe(before);
    expect(drawSpans(await exporter.waitFor(8))).toEqual(
      ['first', 'second'].flatMap((name) => [name, '  shop.Shop/Buy', '    shop.Shop/Buy', '      buy tenant']),
    );
  });

  test('a traceparent of the application is kept', async () => {
    const own = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const metadata = new grpc.Metadata();
    metadata.set('traceparent', own);
    expect(await withSpan('request', () => settled((callback) => shop.client.Buy('trace', metadata, callback)))).toBe(
      own,
    );
  });

  test('metadata that a handler passes on names its own call, not that of its caller', async () => {
    const gateway = await openShop(grpc, {
      Buy(call: Grpc.ServerUnaryCall<string, string>, callback: Callback) {
        shop.client.Buy(call.request, call.metadata, callback);
      },
    });
    await withSpan('request', () => settled((callback) => gateway.client.Buy('book', callback)));
    expect(drawSpans(await exporter.waitFor(6))).toEqual([
      'request',
      '  shop.Shop/Buy',
      '    shop.Shop/Buy',
      '      shop.Shop/Buy',
      '        shop.Shop/Buy',
      '          buy book',
    ]);
    await gateway.close();
  });

  test('baggage reaches the handler', async () => {
    expect(
      await withSpan('request', () => {
        setBaggage('tenant', 'acme');
        return settled((callback) => shop.client.Buy('baggage', callback));
      }),
    ).toBe('acme');
  });

  test('a request that is not sampled is not sampled by the server either', async () => {
    const declining = createTracer({ sampler: 'always_off', exporter, flushOnExit: false, logLevel: 'none', env: {} });
    const sent = await declining.withSpan('request', () => settled((callback) => shop.client.Buy('trace', callback)));
    expect(sent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[02]$/);
    await withSpan('marker', () => {});
    await exporter.waitFor(1);
    expect(exporter.spans.map(({ name }) => name)).toEqual(['marker']);
  });

  test('a caller from elsewhere that was not sampled is passed on', async () => {
    const declined = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00' };
    const sent = await withContext(extract(declined), () => settled((callback) => shop.client.Buy('trace', callback)));
    expect(sent).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-00$/);
    await withSpan('marker', () => {});
    await exporter.waitFor(1);
    expect(exporter.spans.map(({ name }) => name)).toEqual(['marker']);
  });

  test('outside any span the client has none, and the server starts a trace', async () => {
    expect(await settled((callback) => shop.client.Buy('trace', callback))).toBe('');
    expect(drawSpans(await exporter.waitFor(2))).toEqual(['shop.Shop/Buy', '  buy trace']);
  });

  describe('interceptors', () => {
    const seen: string[] = [];
    const noting =
      (name: string): Grpc.Interceptor =>
      (options, nextCall) => {
        seen.push(name);
        return new grpc.InterceptingCall(nextCall(options));
      };

    test.each([
      ['of the client', { interceptors: [noting('client')] }, {}],
      [
        'of one call, which replace those of the client',
        { interceptors: [noting('client')] },
        { interceptors: [noting('call')] },
      ],
      ['by providers', { interceptor_providers: [() => noting('provided')] }, {}],
      ['by providers of one call', {}, { interceptor_providers: [() => noting('provided')] }],
      ['an empty list', { interceptors: [noting('client')] }, { interceptors: [] }],
    ])('%s', async (_, ofClient, ofCall) => {
      seen.length = 0;
      const client = openClient(grpc, shop.port, ofClient);
      expect(await draw(4, () => settled((callback) => client.Buy('book', ofCall, callback)))).toEqual([
        'request',
        '  shop.Shop/Buy',
        '    shop.Shop/Buy',
        '      buy book',
      ]);
      expect(seen).toHaveLength(1);
      client.close();
    });

    test('one that waits before the call starts keeps its parent', async () => {
      const waiting: Grpc.Interceptor = (options, nextCall) =>
        new grpc.InterceptingCall(nextCall(options), {
          start(metadata, listener, next) {
            setImmediate(() => {
              metadata.set('token', 'x');
              next(metadata, listener);
            });
          },
        });
      const client = openClient(grpc, shop.port, { interceptors: [waiting] });
      expect(await draw(4, () => settled((callback) => client.Buy('book', callback)))).toEqual([
        'request',
        '  shop.Shop/Buy',
        '    shop.Shop/Buy',
        '      buy book',
      ]);
      client.close();
    });

    test('one that answers by itself leaves no span', async () => {
      const cached: Grpc.Interceptor = (options, nextCall) =>
        new grpc.InterceptingCall(nextCall(options), {
          start(metadata, given) {
            const listener = given as Grpc.InterceptingListener; // the innermost interceptor gets this form
            listener.onReceiveMetadata(metadata);
            setImmediate(() => {
              listener.onReceiveMessage('cached');
              listener.onReceiveStatus({ code: 0, details: 'OK', metadata });
            });
          },
          sendMessage() {},
          halfClose() {},
        });
      const client = openClient(grpc, shop.port, { interceptors: [cached] });
      expect(await draw(1, () => settled((callback) => client.Buy('book', callback)))).toEqual(['request']);
      client.close();
    });
  });

  test('retries by the service config are one span of the client, and one of the server for each attempt', async () => {
    let attempts = 0;
    const flaky = await openShop(
      grpc,
      {
        Buy(_: unknown, callback: Callback) {
          attempts++;
          if (attempts < 3) callback({ code: grpc.status.UNAVAILABLE, details: 'busy' });
          else callback(null, 'bought');
        },
      },
      {
        client: {
          'grpc.service_config': JSON.stringify({
            loadBalancingConfig: [],
            methodConfig: [
              {
                name: [{ service: 'shop.Shop' }],
                retryPolicy: {
                  maxAttempts: 4,
                  initialBackoff: '0.01s',
                  maxBackoff: '0.02s',
                  backoffMultiplier: 1,
                  retryableStatusCodes: ['UNAVAILABLE'],
                },
              },
            ],
          }),
        },
      },
    );
    expect(await draw(5, () => settled((callback) => flaky.client.Buy('book', callback)))).toEqual([
      'request',
      '  shop.Shop/Buy',
      '    shop.Shop/Buy ! UNAVAILABLE',
      '    shop.Shop/Buy ! UNAVAILABLE',
      '    shop.Shop/Buy',
    ]);
    await flaky.close();
  });

  test('a server that is not there', async () => {
    const client = openClient(grpc, 1);
    await withSpan('request', () => settled((callback) => client.Buy('book', callback)));
    expect(drawSpans(await exporter.waitFor(2))).toEqual(['request', '  shop.Shop/Buy ! UNAVAILABLE']);
    client.close();
  });

  test('a call on a client that is closed throws as before, and has a span', async () => {
    const client = openClient(grpc, shop.port);
    client.close();
    await withSpan('request', async () => {
      expect(() => client.Buy('book', () => {})).toThrow();
    });
    expect(drawSpans(await exporter.waitFor(2))).toEqual(['request', '  shop.Shop/Buy ! Error']);
  });

  test('a server that is shut down ends the spans of calls that it has not answered', async () => {
    const own = await openShop(grpc, {
      Buy() {
        activeSpan()?.addEvent('waiting');
        own.server.forceShutdown();
      },
    });
    await withSpan('request', () => settled((callback) => own.client.Buy('never', callback)));
    const spans = await exporter.waitFor(3);
    expect(span(spans, 'server').attributes['rpc.response.status_code']).toBe('CANCELLED');
    own.client.close();
  });

  test('500 calls at once have the right parents', async () => {
    await Promise.all(
      Array.from({ length: 500 }, (_, index) =>
        withSpan(`request ${index}`, () => settled((callback) => shop.client.Buy(`book${index}`, callback))),
      ),
    );
    const spans = await exporter.waitFor(2000);
    const byId = new Map(spans.map((one) => [one.spanId, one]));
    const wrong = spans.filter(({ name, parentSpanId = '' }) => {
      if (!name.startsWith('buy ')) return false;
      const served = byId.get(parentSpanId);
      const called = byId.get(served?.parentSpanId ?? '');
      const request = byId.get(called?.parentSpanId ?? '');
      return request?.name.replace('request ', 'buy book') !== name;
    });
    expect(wrong).toEqual([]);
  });
});

test('refuses what is not grpc-js', () => {
  expect(() => traceGrpc({})).toThrow(/traceGrpc\(grpc\) takes the exports of @grpc\/grpc-js, got/);
});

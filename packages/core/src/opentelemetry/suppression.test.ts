// What OpenTelemetry suppresses is not traced by Waymark, and what Waymark does not trace is suppressed for OpenTelemetry.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createContextKey } from '@opentelemetry/api';
import { apis, resetRegistry } from '../../test/opentelemetry-apis.ts';
import { treeOf } from '../../test/tree-of.ts';
import {
  activeSpan,
  contextWith,
  createTracer,
  getBaggage,
  inject,
  setBaggage,
  setDefaultTracer,
  startSpan,
  withSpan,
} from '../index.ts';
import { internalsOf } from '../internal-tracer.ts';
import { tracedCaller } from '../libraries/caller.ts';
import { instrumentOutbound } from '../outbound/index.ts';
import { inMemoryExporter } from '../testing/in-memory-exporter.ts';
import { untraced } from '../untraced.ts';
import { bridgeOpenTelemetry } from './bridge.ts';

// As `suppressTracing()`, `unsuppressTracing()` and `isTracingSuppressed()` of @opentelemetry/core do.
const suppressKey = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

let exporter: ReturnType<typeof inMemoryExporter>;

beforeEach(() => {
  exporter = inMemoryExporter();
  setDefaultTracer(createTracer({ exporter, env: {}, logLevel: 'none', flushOnExit: false }));
});

afterEach(resetRegistry);

describe.each(apis)('with @opentelemetry/api %s', (_version, api) => {
  const { context, propagation, trace } = api;
  const suppressed = <Result>(fn: () => Result): Result =>
    context.with(context.active().setValue(suppressKey, true), fn);

  beforeEach(() => {
    bridgeOpenTelemetry(api);
  });

  test('there are no spans of Waymark, with any parent', () => {
    withSpan('request', (request) => {
      suppressed(() => {
        withSpan('ours', () => startSpan('inner').end());
        withSpan('ours', { parent: null }, () => {});
        withSpan('ours', { parent: request }, () => {});
        expect(tracedCaller('pg')).toBeUndefined();
      });
    });
    suppressed(() => withSpan('outside any', () => {}));
    expect(treeOf(exporter.spans)).toBe('request\n');
  });

  test('a context that is given counts, as in OpenTelemetry', () => {
    withSpan('request', () => {
      const given = contextWith(startSpan('given'));
      suppressed(() => {
        withSpan('in the context', { parent: given }, () => {});
        trace.getTracer('shop').startSpan('at the root', {}, api.ROOT_CONTEXT).end();
      });
    });
    expect(exporter.spans.map(({ name }) => name)).toEqual(['in the context', 'at the root', 'request']);
  });

  test('spans of OpenTelemetry record nothing, and have no ids', () => {
    withSpan('request', () => {
      suppressed(() => {
        const tracer = trace.getTracer('shop');
        const spans = [
          tracer.startSpan('a'),
          tracer.startSpan('b', { root: true }),
          tracer.startSpan('c', {}, context.active()),
        ];
        for (const span of spans) {
          expect([span.isRecording(), api.isSpanContextValid(span.spanContext())]).toEqual([false, false]);
          expect(span.spanContext()).toMatchObject(api.INVALID_SPAN_CONTEXT);
        }
        tracer.startActiveSpan('d', (span) => {
          expect(trace.getActiveSpan()).toBe(span);
          expect(context.active().getValue(suppressKey)).toBe(true);
          withSpan('ours', () => {});
        });
      });
    });
    expect(treeOf(exporter.spans)).toBe('request\n');
  });

  test('the active span stays for OpenTelemetry, and comes back when tracing is on again', () => {
    withSpan('request', (request) => {
      suppressed(() => {
        expect(trace.getActiveSpan()).toBe(request);
        context.with(context.active().deleteValue(suppressKey), () => {
          expect([trace.getActiveSpan(), activeSpan()]).toEqual([request, request]);
          withSpan('again', () => {});
        });
        for (const notTrue of [false, 'true', 1]) {
          context.with(context.active().setValue(suppressKey, notTrue), () => expect(activeSpan()).toBe(request));
        }
      });
    });
    expect(treeOf(exporter.spans)).toBe('request\n  again\n');
  });

  test('a span that is set explicitly stays suppressed', () => {
    const other = startSpan('other');
    suppressed(() => {
      context.with(trace.setSpan(context.active(), other), () => {
        expect(trace.getActiveSpan()).toBe(other);
        withSpan('below', () => {});
      });
    });
    other.end();
    expect(treeOf(exporter.spans)).toBe('other\n');
  });

  test('no header is written by either side', () => {
    const headers = {};
    withSpan('request', () => {
      setBaggage('tenant', 'acme');
      suppressed(() => {
        inject(headers);
        propagation.inject(context.active(), headers);
        expect(getBaggage('tenant')).toBe('acme');
        expect(setBaggage('more', '1')).toBe(true);
      });
      expect(getBaggage('more')).toBeUndefined();
    });
    expect(headers).toEqual({});
  });

  test('it lasts through await, spans and private keys', async () => {
    await suppressed(async () => {
      await null;
      await context.with(context.active().setValue(createContextKey('key'), 1), async () => {
        await null;
        withSpan('ours', () => expect(context.active().getValue(suppressKey)).toBe(true));
        trace.getTracer('shop').startSpan('theirs').end();
      });
    });
    expect(exporter.spans).toEqual([]);
  });

  test('calls of fetch have neither span nor headers', async () => {
    const received: unknown[] = [];
    const server = createServer(({ headers }, response) => {
      received.push(headers.traceparent);
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo; // a server that listens on a port has one
    const stop = instrumentOutbound();
    const call = async () => (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).text();
    await withSpan('request', () => suppressed(call));
    await withSpan('request', call);
    await exporter.waitFor(3);
    stop();
    await new Promise((resolve) => server.close(resolve));
    expect(received).toEqual([undefined, expect.any(String)]);
    expect(treeOf(exporter.spans)).toBe('request\nrequest\n  GET\n');
  });

  test("Waymark's own traffic is suppressed for OpenTelemetry", () => {
    withSpan('request', () => {
      untraced(() => {
        expect(context.active().getValue(suppressKey)).toBe(true);
        expect(context.active()).toBe(context.active());
        expect(trace.getTracer('shop').startSpan('s').isRecording()).toBe(false);
        const headers = {};
        propagation.inject(context.active(), headers);
        expect(headers).toEqual({});
      });
      expect(context.active().getValue(suppressKey)).toBeUndefined();
    });
    expect(treeOf(exporter.spans)).toBe('request\n');
  });

  test('the requests of an exporter are sent as suppressed', async () => {
    const seen: unknown[] = [];
    const look = () => void seen.push(context.active().getValue(suppressKey));
    let untracedHost: <Result>(fn: () => Result) => Result = (fn) => fn();
    const tracer = createTracer({
      exporter: {
        name: 'own',
        destination: 'nowhere',
        start: ({ untraced: run }) => {
          untracedHost = run;
        },
        export: () => untracedHost(look),
        stats: () => ({ exported: 0, waiting: 0, dropped: {} }),
      },
      env: {},
      logLevel: 'none',
      flushOnExit: false,
    });
    internalsOf(tracer).beginSpan('s', 'internal', undefined).end();
    expect(seen).toEqual([true]);
  });
});

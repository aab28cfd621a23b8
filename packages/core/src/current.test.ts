import { activeSpan, currentContext, withContext } from './active-context.ts';
import { createTracer } from './create-tracer.ts';
import {
  currentTracer,
  deleteBaggage,
  extract,
  getAllBaggage,
  getBaggage,
  inject,
  setBaggage,
  startSpan,
  withBaggage,
  withSpan,
} from './current.ts';
import { getTracer } from './default-tracer.ts';
import { internalsOf } from './internal-tracer.ts';
import { processState } from './process-state.ts';
import { alwaysOffSampler } from './sampler.ts';
import { type InMemoryExporter, inMemoryExporter } from './testing/in-memory-exporter.ts';
import type { Tracer } from './tracer.ts';

const quiet = { logLevel: 'none', flushOnExit: false, env: {} } as const;

let exporter: InMemoryExporter;

beforeEach(() => {
  exporter = inMemoryExporter();
  processState.defaultTracer = undefined;
  getTracer({ exporter, ...quiet });
});

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('the tracer', () => {
  test("is the process's own, outside any span", () => {
    expect(currentTracer()).toBe(getTracer());
  });

  test.each<[string, (tracer: Tracer) => void]>([
    ['a span', (tracer) => tracer.withSpan('s', () => expect(currentTracer()).toBe(tracer))],
    [
      'a span below it',
      (tracer) => tracer.withSpan('s', () => tracer.withSpan('s', () => expect(currentTracer()).toBe(tracer))),
    ],
  ])('is that of the active span, recorded or not: %s', (_, check) => {
    check(createTracer({ exporter: [], ...quiet }));
    check(createTracer({ exporter: [], sampler: alwaysOffSampler(), ...quiet }));
    expect.assertions(2);
  });

  test("is the process's own in a context that came by header", () => {
    expect(withContext(extract({ traceparent }), currentTracer)).toBe(getTracer());
  });

  test('is made once, from the options that come first', () => {
    expect(getTracer({ serviceName: 'too late' })).toBe(getTracer());
    expect(internalsOf(getTracer()).settings.serviceName).toBeUndefined();
  });
});

describe('spans', () => {
  test('are those of the current tracer', async () => {
    const result = await withSpan('outer', { kind: 'consumer' }, async (outer) => {
      startSpan('inner', { attributes: { a: 1 } }).end();
      return withSpan('nested', (nested) => [
        activeSpan() === nested,
        nested.spanContext().parentSpanId === outer.spanId,
      ]);
    });
    expect(result).toEqual([true, true]);
    expect(exporter.spans.map(({ name, kind }) => [name, kind])).toEqual([
      ['inner', 'internal'],
      ['nested', 'internal'],
      ['outer', 'consumer'],
    ]);
  });

  test('need no request: a script has its own', () => {
    withSpan('job', () => {});
    expect(exporter.spans).toMatchObject([{ name: 'job' }]);
  });
});

test('a context goes into a carrier and comes out of it', () => {
  const headers = {};
  withSpan('send', () => {
    setBaggage('tenant', 'acme');
    inject(headers);
  });
  const seen = withSpan('receive', { parent: extract(headers) }, (span) => [
    span.spanContext().parentSpanId,
    getBaggage('tenant'),
  ]);
  expect(seen).toEqual([exporter.spans[0]?.spanId, 'acme']);
});

test('a carrier may be anything, with a getter and a setter for it', () => {
  const bag: [string, string][] = [];
  withContext(extract([['traceparent', traceparent]]), () => inject(bag, { set: (list, ...pair) => list.push(pair) }));
  expect(bag).toEqual([['traceparent', traceparent]]);
  expect(extract(bag, { get: (list) => list[0]?.[1] }).span?.spanId).toBe('00f067aa0ba902b7');
});

describe('baggage', () => {
  const all = () => [...getAllBaggage().entries()].map(([key, { value }]) => [key, value]);

  test('is set, read, listed and deleted in the current context', () => {
    withSpan('s', () => {
      expect([setBaggage('a', '1'), setBaggage('b', '2'), setBaggage('a', '3')]).toEqual([true, true, true]);
      expect([getBaggage('a'), getBaggage('c'), all()]).toEqual([
        '3',
        undefined,
        [
          ['a', '3'],
          ['b', '2'],
        ],
      ]);
      deleteBaggage('a');
      deleteBaggage('never there');
      expect(all()).toEqual([['b', '2']]);
    });
    expect(all()).toEqual([]);
  });

  test('has properties', () => {
    withSpan('s', () => {
      setBaggage('a', '1', [{ key: 'secret' }]);
      expect(getAllBaggage().getEntry('a')?.properties).toEqual([{ key: 'secret', value: undefined }]);
    });
  });

  test('is seen in what starts from then on, and not outside', async () => {
    await withSpan('outer', async () => {
      const before = withSpan('before', async () => {
        await null;
        return getBaggage('a');
      });
      setBaggage('a', '1');
      const after = withSpan('after', async () => {
        setBaggage('b', '2');
        await null;
        return getBaggage('a');
      });
      expect([await before, await after, getBaggage('b')]).toEqual([undefined, '1', undefined]);
    });
  });

  test('is kept after an await, in the span that set it', async () => {
    await withSpan('s', async () => {
      await null;
      setBaggage('a', '1');
      await new Promise((resolve) => setImmediate(resolve));
      expect(getBaggage('a')).toBe('1');
    });
  });

  test('is not set outside any context, which is counted', () => {
    expect([setBaggage('a', '1'), getBaggage('a'), all()]).toEqual([false, undefined, []]);
    deleteBaggage('a');
    expect(getTracer().stats().diagnostics).toEqual({ 'no-context': 1 });
  });

  test('is not set under a key that is no token, which is counted', () => {
    withSpan('s', () => {
      expect([setBaggage('a b', '1'), all()]).toEqual([false, []]);
    });
    expect(getTracer().stats().diagnostics).toEqual({ 'invalid-baggage': 1 });
  });

  test('is set in a context that came by header, and in one that came without', () => {
    for (const headers of [{}, { baggage: 'a=0,b=2' }, { traceparent }]) {
      withContext(extract(headers), () => {
        expect([setBaggage('a', '1'), getBaggage('a')]).toEqual([true, '1']);
      });
    }
  });

  test('may be set for a function, in addition to the present entries, with or without a context', () => {
    withSpan('s', (span) => {
      setBaggage('a', '1');
      withBaggage({ b: '2', 'not a token': 'x' }, () => {
        expect(all()).toEqual([
          ['a', '1'],
          ['b', '2'],
        ]);
        expect(activeSpan()).toBe(span);
      });
      expect(all()).toEqual([['a', '1']]);
    });
    expect(getTracer().stats().diagnostics).toEqual({ 'invalid-baggage': 1 });
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['a text', 'tenant=acme'],
    ['a symbol as value', { tenant: Symbol('acme') }],
    [
      'what throws',
      {
        get tenant(): never {
          throw new Error('tenant');
        },
      },
    ],
  ])('for a function may be given as %s: nothing is set, and the function runs', (_, entries) => {
    expect(withBaggage(entries as never, () => all())).toEqual([]);
  });

  test('may be set for a function outside any context, and goes out with what it calls', () => {
    const headers = {};
    const result = withBaggage({ tenant: 'acme' }, () => {
      inject(headers);
      return currentContext()?.span;
    });
    expect([result, headers]).toEqual([undefined, { baggage: 'tenant=acme' }]);
  });
});

// biome-ignore-all lint/suspicious/noThenProperty: thenables are what is tested
import { spawnSync } from 'node:child_process';
import { buildSync } from 'esbuild';
import { activeSpan, currentContext } from './active-context.ts';
import { createTracer } from './create-tracer.ts';
import { getBaggage, setBaggage } from './current.ts';
import { WaymarkError } from './errors.ts';
import { alwaysOffSampler, parentBasedSampler } from './sampler.ts';
import type { Span } from './span.ts';
import { type InMemoryExporter, inMemoryExporter } from './testing/in-memory-exporter.ts';
import type { Tracer } from './tracer.ts';

let exporter: InMemoryExporter;
let tracer: Tracer;

beforeEach(() => {
  exporter = inMemoryExporter();
  tracer = createTracer({ exporter, logLevel: 'none', flushOnExit: false, env: {} });
});

/** What was recorded, short. */
const recorded = () =>
  exporter.spans.map(({ name, status, events }) => ({
    name,
    status,
    exceptions: events.map(({ attributes }) => attributes['exception.message']),
  }));

const fine = { status: { code: 'unset' }, exceptions: [] };

/** The value that a function throws. */
function thrownBy(fn: () => unknown): unknown {
  try {
    fn();
  } catch (error) {
    return error;
  }
  throw new Error('expected a throw');
}

describe('a function that returns', () => {
  test('runs in a span that has ended when it has returned', () => {
    const result = tracer.withSpan('s', (span) => {
      expect([activeSpan() === span, span.isRecording(), exporter.spans.length]).toEqual([true, true, 0]);
      return 5;
    });
    expect([result, activeSpan(), recorded()]).toEqual([5, undefined, [{ name: 's', ...fine }]]);
  });

  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['an object', {}],
    ['a function', () => 1],
    ['a generator', (function* () {})()],
    ['an async generator', (async function* () {})()],
    ['an object with a then that is not a function', { then: 5 }],
    [
      'an object with a then that throws',
      {
        get then(): never {
          throw new Error('then');
        },
      },
    ],
  ])('may return %s, which is passed on as it is', (_, value) => {
    expect(tracer.withSpan('s', () => value)).toBe(value);
    expect(recorded()).toEqual([{ name: 's', ...fine }]);
  });

  test('takes options before it', () => {
    tracer.withSpan('s', { kind: 'consumer', attributes: { a: 1 } }, () => {});
    expect(exporter.spans).toMatchObject([{ name: 's', kind: 'consumer', attributes: { a: 1 } }]);
  });
});

describe('a function that throws', () => {
  test.each<[string, unknown, string]>([
    ['an error', new TypeError('no'), 'no'],
    ['a text', 'no', 'no'],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['an object', { message: 'no' }, 'no'],
    ['an object without a text', Object.create(null), '(a value without a text)'],
  ])('throws %s on, the very same, and its span says so', (_, value, message) => {
    const thrown = thrownBy(() =>
      tracer.withSpan('s', () => {
        throw value;
      }),
    );
    expect(thrown).toBe(value);
    expect(recorded()).toEqual([{ name: 's', status: { code: 'error', message }, exceptions: [message] }]);
    expect(activeSpan()).toBeUndefined();
  });

  test('keeps the status ok that it has set', () => {
    thrownBy(() =>
      tracer.withSpan('s', (span) => {
        span.setStatus({ code: 'ok' });
        throw new Error('expected');
      }),
    );
    expect(exporter.spans).toMatchObject([{ status: { code: 'ok' } }]);
  });

  test('may have ended the span itself', () => {
    thrownBy(() =>
      tracer.withSpan('s', (span) => {
        span.end();
        throw new Error('late');
      }),
    );
    expect(recorded()).toEqual([{ name: 's', ...fine }]);
  });

  test('that is none throws an error that says what to write', () => {
    expect(() => tracer.withSpan('s', undefined as never)).toThrow(WaymarkError);
  });
});

describe('an async function', () => {
  test('runs in a span that ends when its promise is fulfilled', async () => {
    const result = tracer.withSpan('s', async (span) => {
      await null;
      expect([activeSpan() === span, span.isRecording()]).toEqual([true, true]);
      return 5;
    });
    expect(exporter.spans).toHaveLength(0);
    expect([await result, recorded()]).toEqual([5, [{ name: 's', ...fine }]]);
  });

  test('rejects with the very same value, and its span says so', async () => {
    const error = new Error('no');
    await expect(
      tracer.withSpan('s', async () => {
        await null;
        throw error;
      }),
    ).rejects.toBe(error);
    expect(recorded()).toEqual([{ name: 's', status: { code: 'error', message: 'no' }, exceptions: ['no'] }]);
  });

  test('may return a promise of another class', async () => {
    class Cancelable<Value> extends Promise<Value> {
      cancel(): string {
        return 'cancelled';
      }
    }
    const result = tracer.withSpan('s', () => Cancelable.resolve(5)) as Cancelable<number>; // the type promises less
    expect([result.cancel(), await result, recorded()]).toEqual(['cancelled', 5, [{ name: 's', ...fine }]]);
  });

  test('that fails and is not waited for is an unhandled rejection, as it would be without a span', () => {
    const { outputFiles } = buildSync({
      stdin: {
        contents: `
          import { createTracer } from './create-tracer.ts';
          const tracer = createTracer({ exporter: [], env: {} });
          process.on('unhandledRejection', (error) => console.log('unhandled', error));
          tracer.withSpan('forgotten', async () => { throw 'no'; });
          tracer.withSpan('caught', async () => { throw 'yes'; }).catch((error) => console.log('caught', error));`,
        resolveDir: __dirname,
      },
      bundle: true,
      platform: 'node',
      write: false,
    });
    const { stdout } = spawnSync(process.execPath, ['-'], { input: outputFiles[0]?.text ?? '', encoding: 'utf8' });
    expect(stdout.split('\n').sort()).toEqual(['', 'caught yes', 'unhandled no']);
  });
});

describe('a thenable', () => {
  /** A query builder: its work starts when `then` is called, each time. */
  function query(): { then(resolve: (value: string) => void): void; started: (string | undefined)[] } {
    const started: (string | undefined)[] = [];
    return {
      started,
      then(resolve) {
        started.push(activeSpan()?.spanId);
        setImmediate(resolve, 'rows');
      },
    };
  }

  test('is started once, in the span, which ends when it is settled', async () => {
    const lazy = query();
    let id: string | undefined;
    const rows = await tracer.withSpan('s', (span) => {
      id = span.spanId;
      return lazy;
    });
    expect([rows, lazy.started, recorded()]).toEqual(['rows', [id], [{ name: 's', ...fine }]]);
  });

  test('is started in the span also where the trace is not sampled', async () => {
    const unsampled = createTracer({ sampler: alwaysOffSampler(), exporter: [], flushOnExit: false, env: {} });
    const lazy = query();
    let id: string | undefined;
    const rows = await unsampled.withSpan('s', (span) => {
      id = span.spanId;
      return lazy;
    });
    expect([rows, lazy.started]).toEqual(['rows', [id]]);
  });

  test('of a child that is not sampled is started once and in its context, and becomes a promise all the same', async () => {
    const sampler = parentBasedSampler({ root: alwaysOffSampler() });
    const unsampled = createTracer({ sampler, exporter: [], flushOnExit: false, env: {} });
    const lazy = query();
    await unsampled.withSpan('root', async (root) => {
      const rows = unsampled.withSpan('child', () => lazy);
      expect([rows instanceof Promise, await rows, lazy.started]).toEqual([true, 'rows', [root.spanId]]);
    });
  });

  test('may be a function', async () => {
    const thenable = Object.assign(() => {}, { then: (resolve: (value: number) => void) => resolve(5) });
    expect(await tracer.withSpan('s', () => thenable)).toBe(5);
    expect(recorded()).toEqual([{ name: 's', ...fine }]);
  });

  test.each<[string, (resolve: unknown, reject: (error: unknown) => void) => void]>([
    ['rejects', (_, reject) => reject('no')],
    [
      'throws when it is started',
      () => {
        throw 'no';
      },
    ],
  ])('that %s rejects, and its span says so', async (_, then) => {
    await expect(tracer.withSpan('s', () => ({ then }))).rejects.toBe('no');
    expect(recorded()).toEqual([{ name: 's', status: { code: 'error', message: 'no' }, exceptions: ['no'] }]);
  });
});

describe('the parent', () => {
  test('is the active span', async () => {
    await tracer.withSpan('a', async () => {
      await tracer.withSpan('b', async () => {
        await null;
        tracer.withSpan('c', () => {});
      });
      tracer.withSpan('d', () => {});
    });
    const names = new Map(exporter.spans.map(({ name, spanId }) => [spanId, name]));
    expect(exporter.spans.map(({ name, parentSpanId = '' }) => [name, names.get(parentSpanId)])).toEqual([
      ['c', 'b'],
      ['b', 'a'],
      ['d', 'a'],
      ['a', undefined],
    ]);
    expect(new Set(exporter.spans.map(({ traceId }) => traceId)).size).toBe(1);
  });

  test('of spans side by side is the same', async () => {
    await tracer.withSpan('parent', (parent) =>
      Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          tracer.withSpan(`child ${i}`, async (child) => {
            await new Promise((resolve) => setImmediate(resolve));
            expect(activeSpan()).toBe(child);
            expect(child.spanContext().parentSpanId).toBe(parent.spanId);
          }),
        ),
      ),
    );
    expect(exporter.spans).toHaveLength(21);
  });

  test('may be given, with its baggage if it is a context', () => {
    const context = tracer.extract({
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      baggage: 'tenant=acme',
    });
    tracer.withSpan('s', { parent: context }, () => {
      expect(currentContext()?.baggage?.get('tenant')).toBe('acme');
    });
    expect(exporter.spans).toMatchObject([
      { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', parentSpanId: '00f067aa0ba902b7', parentIsRemote: true },
    ]);
  });

  test('may be none: a new trace, with the baggage of where it starts', () => {
    tracer.withSpan('outer', (outer) => {
      setBaggage('tenant', 'acme');
      tracer.withSpan('s', { parent: null }, (span) => {
        expect(span.traceId).not.toBe(outer.traceId);
        expect(currentContext()?.baggage?.get('tenant')).toBe('acme');
      });
    });
    expect(exporter.spans.map(({ parentSpanId }) => parentSpanId)).toEqual([undefined, undefined]);
  });
});

describe('where the trace is not sampled', () => {
  beforeEach(() => {
    const sampler = parentBasedSampler({ root: alwaysOffSampler() });
    tracer = createTracer({ exporter, sampler, flushOnExit: false, env: {} });
  });

  test('children share one span', () => {
    const seen: unknown[] = [];
    const result = tracer.withSpan('root', (root) =>
      tracer.withSpan('child', (child) => {
        seen.push(child === root, activeSpan() === root, child.isRecording());
        return tracer.withSpan('grandchild', () => 5);
      }),
    );
    expect([result, seen, exporter.spans]).toEqual([5, [true, true, false], []]);
  });

  test.each([true, false])('baggage reaches as far as where it is (sampled: %p)', (isSampled) => {
    const tracer = createTracer({
      exporter,
      sampler: parentBasedSampler({ root: () => isSampled }),
      flushOnExit: false,
      env: {},
    });
    const seen: unknown[] = [];
    tracer.withSpan('root', () => {
      tracer.withSpan('child', () => {
        setBaggage('a', '1');
        seen.push(tracer.withSpan('grandchild', () => getBaggage('a')));
      });
      seen.push(getBaggage('a'));
    });
    expect(seen).toEqual(['1', undefined]);
  });

  test('a promise of a child is passed on as it is', () => {
    tracer.withSpan('root', () => {
      const promise = Promise.resolve(5);
      expect(tracer.withSpan('child', () => promise)).toBe(promise);
    });
  });

  test('a throw passes through', () => {
    const error = new Error('no');
    const thrown = thrownBy(() =>
      tracer.withSpan('root', () =>
        tracer.withSpan('child', () => {
          throw error;
        }),
      ),
    );
    expect(thrown).toBe(error);
  });

  test('a context with other baggage is entered all the same', () => {
    tracer.withSpan('root', () => {
      const root = currentContext();
      setBaggage('a', '1');
      const other = tracer.extract({ baggage: 'a=2' });
      const context = Object.assign(other, { span: root?.span });
      tracer.withSpan('child', { parent: context }, () => {
        expect(currentContext()?.baggage?.get('a')).toBe('2');
      });
      expect(currentContext()?.baggage?.get('a')).toBe('1');
    });
  });
});

describe('when tracing is off', () => {
  test('after shutdown a span in progress is not ended by what runs below it', async () => {
    let outer: Span | undefined;
    await tracer.withSpan('outer', async (span) => {
      outer = span;
      await tracer.shutdown();
      tracer.withSpan('inner', (inner) => {
        expect(inner).not.toBe(span);
        expect([inner.traceId, inner.isRecording()]).toEqual([span.traceId, false]);
      });
      expect(span.isRecording()).toBe(true);
    });
    expect(outer?.isRecording()).toBe(false);
    expect(exporter.spans.map(({ name }) => name)).toEqual(['outer']);
  });

  test('baggage still travels', () => {
    const disabled = createTracer({ disabled: true, env: {} });
    disabled.withSpan('s', () => {
      setBaggage('tenant', 'acme');
      const carrier = {};
      disabled.inject(carrier);
      expect(carrier).toEqual({ baggage: 'tenant=acme' });
    });
  });
});

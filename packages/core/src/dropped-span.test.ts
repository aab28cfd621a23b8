// Spans that a hook drops: their children become their parent's, in every way in which a span starts and ends.
import { activeSpan, contextWith, withContext } from './active-context.ts';
import { createTracer, type HookedSpan, inject, remoteSpan, startSpan, type TracerOptions, withSpan } from './index.ts';
import { tracedCallerOfAny } from './libraries/caller.ts';
import { Operation } from './libraries/operation.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';

const remote = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 };

function dropNamed(span: HookedSpan): void {
  if (span.name.startsWith('drop')) span.drop();
}

function setUp(options: TracerOptions) {
  const exporter = inMemoryExporter();
  const tracer = createTracer({ exporter, env: {}, logLevel: 'none', flushOnExit: false, ...options });
  /** Each span with the name or id of its parent. */
  const tree = () =>
    Object.fromEntries(
      exporter.spans.map(({ name, parentSpanId, parentIsRemote }) => {
        const parent = exporter.spans.find(({ spanId }) => spanId === parentSpanId)?.name ?? parentSpanId ?? 'root';
        return [name, parentIsRemote ? `remote ${parent}` : parent];
      }),
    );
  return { tracer, exporter, tree };
}

describe.each([
  ['at its start', { onStart: dropNamed }],
  ['at its end', { onEnding: dropNamed }],
  ['by both hooks', { onStart: dropNamed, onEnding: dropNamed }],
] as const)('a span that is dropped %s', (when, hooks) => {
  const isAtStart = when !== 'at its end';

  test('leaves its children to its parent', async () => {
    const { tracer, tree } = setUp(hooks);
    await tracer.withSpan('a', async () => {
      await tracer.withSpan('drop b', async () => {
        await tracer.withSpan('drop c', async () => {
          await tracer.withSpan('d', async () => tracer.startSpan('e').end());
          startSpan('f').end();
        });
        startSpan('g').end();
      });
      withSpan('h', () => {});
    });
    expect(tree()).toEqual({ a: 'root', d: 'a', e: 'd', f: 'a', g: 'a', h: 'a' });
    const { started, ended, droppedByHook } = tracer.stats();
    expect({ started, ended, droppedByHook }).toEqual({ started: 8, ended: 6, droppedByHook: 2 });
  });

  test('leaves them to the caller in another process', () => {
    const { tracer, tree, exporter } = setUp(hooks);
    tracer.withSpan('drop server', { parent: remote }, () => {
      tracer.withSpan('a', () => {});
      tracer.withSpan('drop b', () => tracer.withSpan('c', () => {}));
    });
    expect(tree()).toEqual({ a: `remote ${remote.spanId}`, c: `remote ${remote.spanId}` });
    expect(new Set(exporter.spans.map(({ traceId }) => traceId))).toEqual(new Set([remote.traceId]));
  });

  test('leaves roots of one trace, if it was a root', () => {
    const { tracer, tree, exporter } = setUp(hooks);
    tracer.withSpan('drop root', () => {
      tracer.withSpan('a', () => tracer.withSpan('b', () => {}));
      tracer.withSpan('drop c', () => tracer.withSpan('d', () => {}));
    });
    expect(tree()).toEqual({ a: 'root', b: 'a', d: 'root' });
    expect(new Set(exporter.spans.map(({ traceId }) => traceId)).size).toBe(1);
  });

  test('leaves children that end after it, or that start after it', () => {
    const { tracer, tree } = setUp(hooks);
    tracer.withSpan('a', () => {
      const dropped = tracer.startSpan('drop b');
      const running = tracer.startSpan('c', { parent: dropped });
      const below = tracer.startSpan('d', { parent: running });
      dropped.end();
      const later = tracer.startSpan('e', { parent: dropped });
      for (const span of [running, below, later]) span.end();
    });
    const root = tracer.startSpan('drop root');
    const running = tracer.startSpan('f', { parent: root });
    root.end();
    running.end();
    tracer.startSpan('g', { parent: root }).end();
    expect(tree()).toEqual({ a: 'root', c: 'a', d: 'c', e: 'a', f: 'root', g: 'root' });
  });

  test('leaves the spans of libraries', () => {
    const { tracer, tree } = setUp(hooks);
    tracer.withSpan('a', () => {
      const begin = (name: string) => {
        const caller = tracedCallerOfAny(true);
        if (caller === undefined) throw new Error('there is an active span');
        return Operation.begin(caller, {
          library: 'pg',
          name,
          kind: 'client',
          attributes: ['db.system.name', 'redis'],
        });
      };
      const outer = begin('drop pool');
      if (outer === undefined) throw new Error('it is sampled');
      withContext(outer.context(), () => begin('query')?.end());
      outer.set('late', 1);
      outer.fail(new Error('refused'));
    });
    expect(tree()).toEqual({ a: 'root', query: 'a' });
  });

  test('records nothing more, and is not reported as never ended', async () => {
    const lines: string[] = [];
    const { tracer, exporter } = setUp({ ...hooks, logLevel: 'info', log: (line) => void lines.push(line) });
    const span = tracer.startSpan('drop b', { attributes: { secret: 1 } });
    span.setAttribute('a', 1).addEvent('b').setStatus({ code: 'error' }).updateName('drop c');
    if (!isAtStart) span.end();
    expect(span.isRecording()).toBe(false);
    span.end();
    span.updateName('kept').end();
    expect((await tracer.shutdown()).complete).toBe(true);
    expect(exporter.spans).toEqual([]);
    expect(lines.filter((line) => line.includes('never ended'))).toEqual([]);
  });

  test('leaves its exception to the enclosing span', () => {
    const { tracer, exporter } = setUp(hooks);
    const error = new Error('broken');
    const fail = (thrown: unknown) => () => {
      tracer.withSpan('drop b', () => {
        throw thrown;
      });
    };
    expect(() => tracer.withSpan('a', fail(error))).toThrow(error);
    expect(() => tracer.withSpan('a', fail('text'))).toThrow('text');
    expect(() => tracer.withSpan('drop root', fail(new Error('lost')))).toThrow('lost');
    expect(exporter.spans.map(({ events, status }) => [events.map(({ name }) => name), status.code])).toEqual([
      [['exception'], 'error'],
      [['exception'], 'error'],
    ]);
  });

  test.each([new Error('broken'), 'text'])('leaves %p, which a span within it has recorded, there', (error) => {
    const { tracer, exporter } = setUp(hooks);
    const call = () =>
      tracer.withSpan('a', () =>
        tracer.withSpan('drop b', () =>
          tracer.withSpan('c', () => {
            throw error;
          }),
        ),
      );
    expect(call).toThrow();
    expect(exporter.spans.map(({ name, events, status }) => [name, events.length, status.code])).toEqual([
      ['c', 1, 'error'],
      ['a', 0, 'error'],
    ]);
  });

  test('leaves its children to its parent with any sampler', () => {
    const { tracer, tree } = setUp({ ...hooks, sampler: () => true });
    tracer.withSpan('a', () => tracer.withSpan('drop b', () => tracer.withSpan('c', () => {})));
    expect(tree()).toEqual({ a: 'root', c: 'a' });
  });
});

test('headers below a span that was dropped at its start carry the nearest span that is kept', () => {
  const { tracer } = setUp({ onStart: dropNamed });
  const headerOf = () => {
    const carrier: { traceparent?: string; b3?: string } = {};
    inject(carrier);
    return carrier.traceparent;
  };
  tracer.withSpan('a', (a) => {
    tracer.withSpan('drop b', () => {
      tracer.withSpan('drop c', (span) => {
        expect(headerOf()).toBe(`00-${a.traceId}-${a.spanId}-03`);
        expect([activeSpan()?.spanId, span.spanContext().spanId]).toEqual([a.spanId, a.spanId]);
        tracer.withSpan('d', (d) => expect(headerOf()).toBe(`00-${d.traceId}-${d.spanId}-03`));
      });
    });
  });
  withContext(contextWith(remoteSpan(remote) ?? fail()), () =>
    tracer.withSpan('drop server', () => expect(headerOf()).toBe(`00-${remote.traceId}-${remote.spanId}-01`)),
  );
  // A root has no such span. The receiver joins the trace, by an id that no span has.
  tracer.withSpan('drop root', (root) => expect(headerOf()).toBe(`00-${root.traceId}-${root.spanId}-03`));
});

function fail(): never {
  throw new Error('the ids are valid');
}

test('a span whose id is in a header is not dropped at its end', () => {
  const { tracer, tree } = setUp({ onEnding: dropNamed });
  tracer.withSpan('a', () => {
    tracer.withSpan('drop b', () => {
      inject({});
      tracer.withSpan('c', () => {});
    });
  });
  expect(tree()).toEqual({ a: 'root', 'drop b': 'a', c: 'drop b' });
  expect(tracer.stats()).toMatchObject({ ended: 3, droppedByHook: 0, diagnostics: { 'drop-too-late': 1 } });
});

test('a span whose child has been exported is not dropped', async () => {
  const { tracer, tree } = setUp({ onEnding: dropNamed });
  await tracer.withSpan('drop a', async () => {
    tracer.withSpan('drop b', () => tracer.withSpan('c', () => {}));
    expect(tree()).toEqual({});
    await tracer.flush();
    expect(tree()).toEqual({ c: tree().c });
    tracer.withSpan('d', () => {});
  });
  expect(tree()).toEqual({ 'drop a': 'root', c: 'drop a', d: 'drop a' });
});

test.each([
  ['with', { onEnding: () => {} }],
  ['without', {}],
])(
  'a child that ends inside the start hook keeps its parent, or goes to the parent’s, %s a hook on ends',
  (_how, more) => {
    const set = setUp({
      onStart: (span) => {
        if (!span.name.startsWith('drop')) return;
        set.tracer.startSpan('child', { parent: span }).end();
        span.drop();
      },
      ...more,
    });
    set.tracer.withSpan('a', () => set.tracer.withSpan('drop b', () => {}));
    const held = 'onEnding' in more;
    expect(set.tree()).toEqual(held ? { a: 'root', child: 'a' } : { a: 'root', child: 'drop b', 'drop b': 'a' });
    expect(set.tracer.stats().diagnostics).toEqual(held ? {} : { 'drop-too-late': 1 });
  },
);

test('dropping twice, ending after that, and throwing after that are one drop', () => {
  const hook = (span: HookedSpan) => {
    if (span.name !== 'b') return;
    span.drop();
    span.drop();
    span.end();
    span.setAttribute('late', 1);
    throw new Error('broken');
  };
  for (const hooks of [{ onStart: hook }, { onEnding: hook }]) {
    const { tracer, tree } = setUp(hooks);
    tracer.withSpan('a', () => tracer.withSpan('b', () => tracer.withSpan('c', () => {})));
    expect(tree()).toEqual({ a: 'root', c: 'a' });
    expect(tracer.stats()).toMatchObject({ started: 3, ended: 2, droppedByHook: 1, diagnostics: { 'hook-failed': 1 } });
  }
});

test('a hook may start spans below a span that it drops at its end', () => {
  const set = setUp({
    onEnding: (span) => {
      if (span.name !== 'drop b') return;
      set.tracer.withSpan('note', { parent: span }, () => {});
      span.drop();
    },
  });
  set.tracer.withSpan('a', () => set.tracer.withSpan('drop b', () => {}));
  expect(set.tree()).toEqual({ a: 'root', note: 'a' });
});

test('a link to a span that was dropped at its start is one to its parent', () => {
  const { tracer, exporter } = setUp({ onStart: dropNamed });
  tracer.withSpan('a', (a) => {
    const dropped = tracer.startSpan('drop b');
    tracer.startSpan('c', { links: [{ context: dropped.spanContext() }] }).end();
    expect(exporter.spans[0]?.links).toMatchObject([{ spanId: a.spanId }]);
  });
});

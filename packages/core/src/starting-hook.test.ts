import { activeSpan, contextWith, withContext } from './active-context.ts';
import { getBaggage } from './current.ts';
import { createTracer, readSpan, type StartingSpan, type TracerOptions } from './index.ts';
import { tracedCallerOfAny } from './libraries/caller.ts';
import { Operation } from './libraries/operation.ts';
import { SharedAttributes } from './shared-attributes.ts';
import type { StartingHook } from './starting-hook.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';

function tracerWith(onStart: StartingHook, options: TracerOptions = {}) {
  const exporter = inMemoryExporter();
  const tracer = createTracer({ onStart, exporter, env: {}, logLevel: 'none', flushOnExit: false, ...options });
  return { tracer, exporter };
}

const attributesOf = ({ exporter }: Pick<ReturnType<typeof tracerWith>, 'exporter'>) =>
  exporter.spans.map(({ attributes }) => ({ ...attributes }));

test('sees each recorded span once, with what it starts with, and may write to it', () => {
  const seen: unknown[] = [];
  const set = tracerWith((span) => {
    const { name, kind, parentSpanId, attributes, links } = readSpan(span);
    seen.push([
      name,
      kind,
      parentSpanId !== undefined,
      { ...attributes },
      links.length,
      span.isRecording(),
      span.endMs,
    ]);
    span.setAttribute('team', 'shop').removeAttribute('user.email').updateName(`${name}!`);
  });
  const { tracer } = set;
  const links = [{ context: { traceId: '1'.repeat(32), spanId: '2'.repeat(16) } }];
  tracer.withSpan('outer', { kind: 'consumer', attributes: { a: 1, 'user.email': 'a@b' }, links }, () => {
    tracer.startSpan('inner').end();
  });
  expect(seen).toEqual([
    ['outer', 'consumer', false, { a: 1, 'user.email': 'a@b' }, 1, true, undefined],
    ['inner', 'internal', true, {}, 0, true, undefined],
  ]);
  expect(set.exporter.spans.map(({ name }) => name)).toEqual(['inner!', 'outer!']);
  expect(attributesOf(set)).toEqual([{ team: 'shop' }, { a: 1, team: 'shop' }]);
});

test('sees the attributes that the sampler adds, and is not asked about what is not recorded', () => {
  const seen: unknown[] = [];
  const { tracer } = tracerWith((span) => seen.push(span.getAttribute('by')), {
    sampler: {
      description: 'by name',
      followsLocalParent: true,
      decide: (facts) => ({ sampled: facts.input().name === 'kept', attributes: { by: 'sampler' } }),
    },
  });
  tracer.withSpan('kept', () => {});
  tracer.withSpan('not kept', () => tracer.startSpan('below').end());
  expect(seen).toEqual(['sampler']);
});

test('sees the attributes of a library’s span once, and its changes stay', () => {
  const seen: unknown[] = [];
  const set = tracerWith((span) => {
    if (span.kind !== 'client') return;
    seen.push({ ...readSpan(span).attributes });
    span.removeAttribute('db.query.text').removeAttribute('server.address').setAttribute('team', 'shop');
  });
  const shared = new SharedAttributes(['server.address', 'db', 'server.port', 5432]);
  set.tracer.withSpan('request', () => {
    const caller = tracedCallerOfAny(true);
    if (caller === undefined) throw new Error('there is an active span');
    const attributes = ['db.query.text', 'SELECT 1', 'db.system.name', 'postgresql'];
    Operation.begin(caller, { library: 'pg', name: 'SELECT', kind: 'client', attributes, shared })?.end();
  });
  const rest = { 'server.port': 5432, 'db.system.name': 'postgresql' };
  expect(seen).toEqual([{ 'server.address': 'db', 'db.query.text': 'SELECT 1', ...rest }]);
  expect(attributesOf(set)).toEqual([{ ...rest, team: 'shop' }, {}]);
  expect(shared.list).toEqual(['server.address', 'db', 'server.port', 5432]);
});

test('may take all attributes out of a library’s span', () => {
  const set = tracerWith((span) => {
    for (const key of Object.keys(readSpan(span).attributes)) span.setAttribute(key, undefined as never);
  });
  set.tracer.withSpan('request', () => {
    const caller = tracedCallerOfAny(true);
    if (caller === undefined) throw new Error('there is an active span');
    Operation.begin(caller, { library: 'pg', name: 'GET', kind: 'client', attributes: ['a', 1, 'b', 2] })?.end();
  });
  expect(attributesOf(set)).toEqual([{}, {}]);
});

test.each<[string, StartingHook]>([
  [
    'throws',
    () => {
      throw new Error('broken');
    },
  ],
  ['rejects', (async () => Promise.reject(new Error('broken'))) as StartingHook],
])('that %s is counted, and the span goes on', async (_what, hook) => {
  const { tracer, exporter } = tracerWith(hook);
  tracer.withSpan('work', () => {});
  await new Promise(setImmediate); // until a rejection has gone its way
  expect(exporter.spans).toHaveLength(1);
  expect(tracer.stats().diagnostics).toEqual({ 'hook-failed': 1 });
});

test('may end the span, with a hook on its end or without', () => {
  const endings: string[] = [];
  for (const options of [{}, { onEnding: (span: { name: string }) => void endings.push(span.name) }]) {
    const { tracer, exporter } = tracerWith((span) => {
      span.end();
      span.drop();
    }, options);
    tracer.withSpan('work', (span) => void span.setAttribute('late', true));
    tracer.startSpan('by hand').end();
    expect(exporter.spans.map(({ name, attributes }) => [name, { ...attributes }])).toEqual([
      ['work', {}],
      ['by hand', {}],
    ]);
    expect(tracer.stats()).toMatchObject({ started: 2, ended: 2, droppedByHook: 0 });
    expect(tracer.stats().diagnostics).toEqual({ 'drop-too-late': 2 });
  }
  expect(endings).toEqual(['work', 'by hand']);
});

test('that makes a span for each span has an end', () => {
  const set = tracerWith(() => set.tracer.withSpan('made at the start', () => set.tracer.startSpan('below').end()), {
    onEnding: () => set.tracer.withSpan('made at the end', () => {}),
  });
  set.tracer.withSpan('work', () => {});
  const { started, ended, diagnostics } = set.tracer.stats();
  expect(started).toBe(ended);
  expect(started).toBeLessThan(50);
  expect(diagnostics['hook-failed']).toBeGreaterThan(0);
});

test('may keep the span and write later, until it ends', () => {
  let kept: StartingSpan | undefined;
  const set = tracerWith((span) => {
    kept ??= span;
  });
  const span = set.tracer.startSpan('work', { attributes: { a: 1, b: 2 } });
  kept?.setAttribute('c', 3).removeAttribute('a');
  kept?.setAttribute('b', undefined as never); // outside a hook, nothing is removed by that
  kept?.drop();
  span.end();
  kept
    ?.setAttribute('d', 4)
    .removeAttribute('c')
    .changeEvents(() => undefined);
  kept?.drop();
  expect(attributesOf(set)).toEqual([{ b: 2, c: 3 }]);
  expect(kept?.getAttribute('c')).toBeUndefined();
  expect(set.tracer.stats()).toMatchObject({ ended: 1, droppedByHook: 0, diagnostics: { 'drop-too-late': 2 } });
});

test('runs where the span starts, before the span is active', () => {
  const active: (string | undefined)[] = [];
  const { tracer } = tracerWith((span) => {
    withContext(contextWith(span), () => active.push(span.parentSpanId));
  });
  tracer.withSpan('outer', (outer) => {
    tracer.withSpan('inner', () => {});
    expect(active).toEqual([undefined, outer.spanId]);
  });
});

test('a property of Object.prototype is no first attribute', () => {
  const seen: unknown[] = [];
  const { tracer } = tracerWith((span) => seen.push(readSpan(span).attributes));
  Object.defineProperty(Object.prototype, 'describeStart', {
    configurable: true,
    value: (span: StartingSpan) => span.setAttribute('polluted', true),
  });
  try {
    tracer.startSpan('work', { kind: 'client' }).end();
    tracer.startSpan('work').end();
  } finally {
    delete (Object.prototype as { describeStart?: unknown }).describeStart;
  }
  expect(seen.map((attributes) => ({ ...(attributes as object) }))).toEqual([{}, {}]);
});

test('refuses a value that is not a function', () => {
  expect(() => createTracer({ onStart: 'scrub' as never })).toThrow(
    expect.objectContaining({ code: 'WAYMARK_INVALID_OPTION' }),
  );
});

test('runs in the context of the parent that was given', () => {
  const seen: unknown[] = [];
  const { tracer } = tracerWith(() => void seen.push([getBaggage('tenant'), activeSpan()?.spanId]));
  const caller = tracer.extract({
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    baggage: 'tenant=acme',
  });
  tracer.startSpan('a', { parent: caller });
  tracer.withSpan('b', { parent: caller }, (b) => {
    tracer.withSpan('c', () => {});
    tracer.startSpan('d', { parent: null });
    expect(seen.splice(0)).toEqual([
      ['acme', '00f067aa0ba902b7'],
      ['acme', '00f067aa0ba902b7'],
      ['acme', b.spanId],
      ['acme', undefined],
    ]);
  });
});

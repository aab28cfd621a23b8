// Compiled, not only run: `tsc -b` fails where a use that should not compile does, and where one that should does not.
import * as core from './index.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';

type Equal<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;

/** Compiles only if the two types are the same. */
function same<One, Other>(isSame: Equal<One, Other>): void {
  expect(isSame).toBe(true);
}

const exporter = inMemoryExporter();
const tracer: core.Tracer = core.createTracer({ exporter, flushOnExit: false, env: {} });

test('a tracer has what users need, and no more', () => {
  same<
    keyof core.Tracer,
    | 'startSpan'
    | 'withSpan'
    | 'withScope'
    | 'inject'
    | 'extract'
    | 'flush'
    | 'shutdown'
    | 'stats'
    | 'healthCheck'
    | 'describeSettings'
  >(true);
  // @ts-expect-error A tracer is made by createTracer() or getTracer().
  expect(() => new core.Tracer()).toThrow(TypeError);
});

test('a span has what users need, and no more', () => {
  same<
    keyof core.Span,
    | 'traceId'
    | 'spanId'
    | 'spanContext'
    | 'isRecording'
    | 'setAttribute'
    | 'setAttributes'
    | 'addEvent'
    | 'addLink'
    | 'addLinks'
    | 'recordException'
    | 'setStatus'
    | 'updateName'
    | 'end'
    | typeof Symbol.dispose
  >(true);
  const names: readonly string[] = Object.keys(core);
  expect(names.filter((name) => /RecordingSpan|PassingSpan|InternalTracer/.test(name))).toEqual([]);
});

test('an exporter and a hook read a span, and only the hook writes to it', () => {
  const seen: string[] = [];
  const own: core.SpanExporter = {
    name: 'own',
    export(span) {
      same<typeof span, core.ReadableSpan>(true);
      seen.push(span.name, ...Object.keys(core.readSpan(span).attributes));
      // @ts-expect-error An exporter gets the span when it has ended.
      span.setAttribute('late', 1);
    },
    stats: () => ({ exported: 0, waiting: 0, dropped: {} }),
  };
  const onEnding: core.EndingHook = (span) => {
    same<typeof span, core.EndingSpan>(true);
    span.setAttribute('seen', span.name);
    // @ts-expect-error The name changes by updateName().
    expect(() => (Object.freeze({ ...span }).name = 'x')).toThrow(TypeError);
  };
  core.createTracer({ exporter: own, onEnding, flushOnExit: false, env: {} }).startSpan('s').end();
  expect(seen).toEqual(['s', 'seen']);
});

test('a sampler gets its input and nothing else', () => {
  const sampler: core.Sampler = {
    description: 'Own',
    followsLocalParent: false,
    decide(facts) {
      same<keyof typeof facts, 'input'>(true);
      return { sampled: facts.input().name === 'kept' };
    },
  };
  const own = core.createTracer({ sampler, exporter: [], flushOnExit: false, env: {} });
  expect([own.startSpan('kept').isRecording(), own.startSpan('other').isRecording()]).toEqual([true, false]);
});

test('a propagator needs no more than a span context', () => {
  const own: core.Propagator = {
    name: 'own',
    fields: ['x-trace'],
    extract(context, carrier, getter) {
      const [traceId = '', spanId = ''] = String(getter.get(carrier, 'x-trace')).split('/');
      const span = core.remoteSpan({ traceId, spanId, traceFlags: 1 });
      return span ? core.contextWith(span, context.baggage) : context;
    },
    inject({ span }, carrier, setter) {
      const { traceId, spanId } = span?.spanContext() ?? {};
      if (traceId !== undefined) setter.set(carrier, 'x-trace', `${traceId}/${spanId}`);
    },
  };
  const { withSpan, extract, inject } = core.createTracer({
    propagators: [own],
    exporter: [],
    flushOnExit: false,
    env: {},
  });
  expect([withSpan, extract, inject].every((method) => typeof method === 'function')).toBe(true);
  const carrier: Record<string, string> = {};
  const made = core.createTracer({ propagators: [own], exporter: [], flushOnExit: false, env: {} });
  made.withSpan('s', () => made.inject(carrier));
  expect(made.extract(carrier).span?.traceId).toBe(carrier['x-trace']?.split('/')[0]);
});

test('names stand for exporters, samplers and propagators, and no other names do', () => {
  const ofCode = { flushOnExit: false, log: () => {}, env: {} };
  const make = core.createTracer;
  make({ ...ofCode, exporter: 'none', sampler: 'always_on', propagators: 'b3' });
  make({
    ...ofCode,
    exporter: [exporter],
    sampler: { name: 'parentbased_traceidratio', ratio: 0.1 },
    propagators: ['jaeger'],
  });
  const wrong = [
    // @ts-expect-error A misspelt exporter.
    () => make({ ...ofCode, exporter: 'otpl' }),
    // @ts-expect-error No exporter and an exporter.
    () => make({ ...ofCode, exporter: ['none', exporter] }),
    // @ts-expect-error A misspelt sampler.
    () => make({ ...ofCode, sampler: 'alwayson' }),
    // @ts-expect-error A ratio for a sampler that takes none.
    () => make({ ...ofCode, sampler: { name: 'always_on', ratio: 0.1 } }),
    // @ts-expect-error A name that takes a ratio, and none of it: the name alone stands for that.
    () => make({ ...ofCode, sampler: { name: 'traceidratio' } }),
    // @ts-expect-error A ratio by itself.
    () => make({ ...ofCode, sampler: 0.1 }),
    // @ts-expect-error A misspelt propagator.
    () => make({ ...ofCode, propagators: ['w3c'] }),
  ];
  for (const attempt of wrong) expect(attempt).toThrow(core.WaymarkError);
});

describe('withSpan() returns', () => {
  interface Row {
    readonly id: number;
  }

  /** As knex types its builders: a promise in all but its class. */
  interface KnexLike<Rows> extends Pick<Promise<Rows>, keyof Promise<Rows>> {
    where(column: string, value: unknown): KnexLike<Rows>;
  }

  /** As Mongoose types its queries: `then` alone. */
  interface MongooseLike<Document> {
    lean(): MongooseLike<Document>;
    then: Promise<Document>['then'];
  }

  /** As Prisma types its operations. */
  interface PrismaLike<Value> extends Promise<Value> {
    readonly [Symbol.toStringTag]: 'PrismaPromise';
  }

  /** A thenable of before there were promises. */
  interface OldLike {
    then(onFulfilled: (value: Row) => void): void;
  }

  /** Never called: only its types count. */
  function types(
    knex: KnexLike<Row[]>,
    mongoose: MongooseLike<Row | null>,
    prisma: PrismaLike<Row>,
    old: OldLike,
    callable: (() => void) & PromiseLike<Row>,
  ): void {
    const { withSpan } = core;
    same<ReturnType<typeof rows>, Promise<Row[]>>(true);
    function rows() {
      return withSpan('q', () => knex.where('id', 1));
    }
    const documents = withSpan('q', { kind: 'client' }, () => mongoose.lean());
    same<typeof documents, Promise<Row | null>>(true);
    // @ts-expect-error The query has been started: it can no longer be built.
    documents.lean();
    const operation = tracer.withSpan('q', () => prisma);
    same<typeof operation, Promise<Row>>(true);
    const early = withSpan('q', () => old);
    same<typeof early, Promise<Row>>(true);
    const called = withSpan('q', () => callable);
    same<typeof called, Promise<Row>>(true);
    const parsed = withSpan('q', () => JSON.parse('5'));
    same<typeof parsed, ReturnType<typeof JSON.parse>>(true);
    const count = withSpan('q', () => 5);
    same<typeof count, number>(true);
    const nothing = withSpan('q', () => {});
    same<typeof nothing, void>(true);
    const later = withSpan('q', async () => ({ id: 1 }));
    same<typeof later, Promise<{ id: number }>>(true);
    const either = withSpan('q', (): Row | Promise<Row> => ({ id: 1 }));
    same<typeof either, Row | Promise<Row>>(true);
  }

  test('a promise of what a query resolves to, by its types', () => {
    expect(types).toHaveLength(5);
  });

  test('the literal types that its caller expects', async () => {
    interface User {
      readonly id: number;
      readonly role: 'admin' | 'user';
    }
    const role: 'admin' | 'user' = core.withSpan('role', () => 'user');
    const pair: [number, string] = core.withSpan('pair', { kind: 'client' }, () => [1, 'a']);
    const users: Promise<readonly User[]> = core.withSpan('users', async () => [{ id: 1, role: 'admin' }]);
    expect([role, pair, await users]).toEqual(['user', [1, 'a'], [{ id: 1, role: 'admin' }]]);
  });

  test('what a wrapper of it passes on', async () => {
    const traced = <Value>(load: () => Promise<Value>): Promise<Value> => core.withSpan('load', load);
    const tracedAny = <Result>(run: () => Result): core.SpanResult<Result> => tracer.withSpan('run', run);
    const tracedBoth = <Value>(work: (span: core.Span) => Value | Promise<Value>): Promise<Value> =>
      core.withSpan('work', async (span) => work(span));
    const both: Promise<number>[] = [tracedBoth(() => 7), tracedBoth(async () => 8)];
    expect([await traced(async () => 5), tracedAny(() => 6), ...(await Promise.all(both))]).toEqual([5, 6, 7, 8]);
  });
});

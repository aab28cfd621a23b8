import {
  activeSpan,
  type Context,
  contextWith,
  createTracer,
  remoteSpan,
  setDefaultTracer,
  type TracerOptions,
  withContext,
} from '../index.ts';
import { inMemoryExporter } from '../testing/index.ts';
import { untraced } from '../untraced.ts';
import { tracedCaller } from './caller.ts';
import { Operation } from './operation.ts';
import { beginQuery, sharedByServer } from './sql-operation.ts';

const server = sharedByServer({ system: 'postgresql', namespace: 'shop', address: 'db.example', port: 5432 });

function setUp(options: TracerOptions = {}) {
  const exporter = inMemoryExporter();
  const tracer = createTracer({ serviceName: 'shop', exporter, env: {}, logLevel: 'none', ...options });
  return { exporter, tracer };
}

function query(text = 'SELECT name FROM users WHERE id = 7'): Operation | undefined {
  return beginQuery('pg', 'postgresql', text, server);
}

test('is a child of the active span, and does not become active', () => {
  const { exporter, tracer } = setUp();
  tracer.withSpan('request', (request) => {
    const operation = query();
    expect(activeSpan()).toBe(request);
    operation?.set('db.response.returned_rows', 1);
    operation?.end();
  });
  const [select, request] = exporter.spans;
  expect(select).toMatchObject({
    kind: 'client',
    parentSpanId: request?.spanId,
    attributes: {
      'db.system.name': 'postgresql',
      'db.namespace': 'shop',
      'server.address': 'db.example',
      'server.port': 5432,
      'db.response.returned_rows': 1,
    },
  });
  expect(JSON.stringify(select?.attributes)).not.toContain('7');
});

test('has failed with the code of the database, and without an exception of its own', () => {
  const { exporter, tracer } = setUp();
  tracer.withSpan('request', () => query()?.fail(new Error('duplicate key value "a@b.c"'), '23505'));
  expect(exporter.spans[0]).toMatchObject({
    status: { code: 'error' },
    attributes: { 'error.type': '23505', 'db.response.status_code': '23505' },
    events: [],
  });
  expect(JSON.stringify(exporter.spans[0])).not.toContain('a@b.c');
});

test('has failed with the type of an error that has no code', () => {
  const { exporter, tracer } = setUp();
  tracer.withSpan('request', () => query()?.fail(new TypeError('no connection')));
  expect(exporter.spans[0]).toMatchObject({
    status: { code: 'error', message: 'no connection' },
    attributes: { 'error.type': 'TypeError' },
  });
});

test('is not made outside a span, below one that is not recorded, or in untraced work', () => {
  const { exporter, tracer } = setUp();
  expect(query()).toBeUndefined();
  const unsampled = setUp({ sampler: 'always_off' });
  unsampled.tracer.withSpan('request', () => expect(query()).toBeUndefined());
  tracer.withSpan('request', () => untraced(() => expect(query()).toBeUndefined()));
  expect(exporter.spans).toHaveLength(1);
});

test('continues the trace of a remote parent', async () => {
  const { exporter, tracer } = setUp();
  setDefaultTracer(tracer);
  const span = remoteSpan({ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 });
  if (span) withContext(contextWith(span), () => query()?.end());
  expect(exporter.spans[0]).toMatchObject({
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    parentSpanId: '00f067aa0ba902b7',
  });
  await tracer.shutdown();
});

test('starts a trace outside a span if the option says so', async () => {
  const { exporter, tracer } = setUp({ libraries: { pg: { requireParentSpan: false } } });
  setDefaultTracer(tracer);
  query()?.end();
  expect(exporter.spans[0]).not.toHaveProperty('parentSpanId');
  await tracer.shutdown();
});

test.each([{ libraries: false }, { libraries: ['redis'] }, { libraries: { pg: false } }] as const)(
  'is not made with %j',
  (options) => {
    const { tracer } = setUp(options);
    tracer.withSpan('request', () => expect(query()).toBeUndefined());
  },
);

test('records neither text nor values unless the options say so', () => {
  const without = setUp({ libraries: { pg: { queryText: false } } });
  without.tracer.withSpan('request', () => query()?.end());
  expect(without.exporter.spans[0]?.attributes).not.toHaveProperty('db.query.text');
  const values = setUp({ libraries: { pg: { queryParameters: true } } });
  values.tracer.withSpan('request', () =>
    beginQuery('pg', 'postgresql', 'SELECT $1', server, ['a', 7, null, Buffer.from('abc'), { b: 1 }])?.end(),
  );
  expect(values.exporter.spans[0]?.attributes).toMatchObject({
    'db.query.parameter.0': 'a',
    'db.query.parameter.1': '7',
    'db.query.parameter.2': 'null',
    'db.query.parameter.3': '3 bytes',
    'db.query.parameter.4': '{"b":1}',
  });
});

test('leaves out what libraries do directly below a span that covers it', () => {
  const { exporter, tracer } = setUp();
  tracer.withSpan('request', () => {
    const outer = query('SELECT 1');
    outer?.coverNested();
    if (outer) withContext(outer.context(), () => expect(tracedCaller('pg')).toBeUndefined());
    outer?.end();
  });
  expect(exporter.spans).toHaveLength(2);
});

test('a sampler sees its attributes', () => {
  const seen: unknown[] = [];
  const { tracer } = setUp({
    sampler: ({ attributes }) => {
      seen.push(attributes['db.system.name']);
      return true;
    },
  });
  tracer.withSpan('request', () => query()?.end());
  expect(seen).toEqual([undefined, 'postgresql']);
});

test('belongs to no trace when the tracer has been shut down', async () => {
  const { exporter, tracer } = setUp();
  const request = tracer.startSpan('request');
  await tracer.shutdown();
  withContext(contextWith(request), () => expect(query()).toBeUndefined());
  expect(exporter.spans).toEqual([]);
});

test('has only the facts that its library gives, whatever is on Object.prototype', () => {
  const { exporter, tracer } = setUp();
  const polluted = {
    links: [{ context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) } }],
    startTime: 5,
    shared: { list: ['polluted', true] },
    statement: 'polluted',
  };
  const startedMs = Date.now();
  for (const [key, value] of Object.entries(polluted)) {
    Object.defineProperty(Object.prototype, key, { value, configurable: true });
  }
  try {
    tracer.withSpan('request', () => {
      const caller = tracedCaller('ioredis') as Context; // below a span
      Operation.begin(caller, {
        library: 'pg',
        name: 'GET',
        kind: 'client',
        attributes: ['db.operation.name', 'GET'],
      })?.fail(new Error("polluted 'secret'"));
    });
  } finally {
    for (const key of Object.keys(polluted)) delete (Object.prototype as Record<string, unknown>)[key];
  }
  const [get] = exporter.spans;
  expect(get).toMatchObject({ links: [], attributes: { 'db.operation.name': 'GET', 'error.type': 'Error' } });
  expect(get?.attributes).not.toHaveProperty('polluted');
  expect(get?.startMs).toBeGreaterThanOrEqual(startedMs - 1000);
});

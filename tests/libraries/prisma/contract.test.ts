// Prisma's engine is a binary that has to be downloaded, so the contract is called here as the clients call it: 5.22 creates the spans of
// the engine later, by ids, and 6.19 dispatches them at the end of a call. Read in `runtime/library.js` of both.
import { createTracer, type Tracer, withContext, withSpan } from '@waymark/core';
import { tracePrisma } from '@waymark/core/libraries';
import { type InMemoryExporter, inMemoryExporter } from '@waymark/core/testing';
import { drawSpans } from '../draw-spans.ts';

interface Helper {
  isEnabled(): boolean;
  getTraceParent(context?: unknown): string;
  getActiveContext(): unknown;
  runInChildSpan<Result>(options: unknown, callback: (span?: { end(): void }) => Result): Result;
  dispatchEngineSpans(spans: unknown, events?: unknown[], emit?: (event: unknown) => void): void;
  createEngineSpan(event: { span: true; spans: unknown[] }): void;
}

type Globals = Record<string, { helper: Helper } | undefined>;
const globals = globalThis as unknown as Globals;

const operation = { name: 'operation', attributes: { method: 'findMany', model: 'User', name: 'User.findMany' } };

describe("Prisma's contract", () => {
  let exporter: InMemoryExporter;
  let tracer: Tracer;
  let helper: Helper;

  beforeEach(() => {
    exporter = inMemoryExporter();
    tracer = createTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });
    tracePrisma();
    helper = globals.PRISMA_INSTRUMENTATION?.helper as Helper;
  });
  afterEach(() => {
    for (const name of Object.keys(globals)) if (name.endsWith('PRISMA_INSTRUMENTATION')) delete globals[name];
  });

  const drawn = () => drawSpans(exporter.spans);

  test('records the statements of the engine of 6, with their own times', async () => {
    await tracer.withSpan('a', () =>
      helper.runInChildSpan(operation, async () => {
        await helper.runInChildSpan({ name: 'serialize' }, async () => {});
        helper.dispatchEngineSpans([
          span6('1', null, 'prisma:engine:query'),
          span6('2', '1', 'prisma:engine:connection'),
          span6('3', '1', 'prisma:engine:db_query', {
            'db.system': 'postgresql',
            'db.query.text': `SELECT 'secret' FROM "User"`,
          }),
          span6('4', '1', 'prisma:engine:serialize'),
        ]);
      }),
    );
    const [statement, called] = exporter.spans as [(typeof exporter.spans)[0], (typeof exporter.spans)[0]];
    expect(statement).toMatchObject({
      name: 'SELECT "User"',
      kind: 'client',
      parentSpanId: called.spanId,
      startMs: 1_700_000_000_000.25,
      endMs: 1_700_000_000_002,
      attributes: { 'db.system.name': 'postgresql', 'db.query.text': 'SELECT ? FROM "User"' },
    });
  });

  test('records the statements of the engine of 5, which come later and outside any context', async () => {
    const traceparents: string[] = [];
    await Promise.all(
      ['a', 'b'].map((caller) =>
        tracer.withSpan(caller, () =>
          helper.runInChildSpan(operation, async () => {
            traceparents.push(helper.getTraceParent());
          }),
        ),
      ),
    );
    for (const [index, traceparent] of traceparents.entries()) {
      const [, traceId, spanId] = traceparent.split('-');
      const ids = (own: string, parent: string | undefined) => ({
        trace_id: traceId,
        span_id: own,
        parent_span_id: parent,
      });
      helper.createEngineSpan({
        span: true,
        spans: [
          { ...span5('prisma:engine:query'), ...ids(`q${index}`, spanId) },
          {
            ...span5('prisma:engine:db_query', { 'db.statement': `SELECT ${index} FROM t${index}` }),
            ...ids(`d${index}`, `q${index}`),
          },
        ],
      });
    }
    const byId = new Map(exporter.spans.map((span) => [span.spanId, span]));
    const callers = exporter.spans
      .filter(({ name }) => name.startsWith('SELECT'))
      .map((span) => [span.name, byId.get(byId.get(span.parentSpanId ?? '')?.parentSpanId ?? '')?.name]);
    expect(callers).toEqual([
      ['SELECT t0', 'a'],
      ['SELECT t1', 'b'],
    ]);
  });

  test('asks the engine for spans only below a span that is recorded', () => {
    expect(helper.getTraceParent()).toBe('00-10-10-00');
    tracer.withSpan('a', (span) => {
      const { traceId, spanId } = span.spanContext();
      expect(helper.isEnabled()).toBe(true);
      expect(helper.getTraceParent()).toBe(`00-${traceId}-${spanId}-01`);
      const context = helper.getActiveContext();
      withSpan('b', () => expect(helper.getTraceParent(context)).toBe(`00-${traceId}-${spanId}-01`));
    });
    const unsampled = createTracer({ exporter, sampler: 'always_off', flushOnExit: false, logLevel: 'none', env: {} });
    unsampled.withSpan('c', () => expect(helper.getTraceParent()).toBe('00-10-10-00'));
  });

  test('passes the log of the application on, as 7 expects', () => {
    const events: unknown[] = [];
    helper.dispatchEngineSpans([], ['one', 'two'], (event) => events.push(event));
    expect(events).toEqual(['one', 'two']);
  });

  test('fails operations that throw, at once or later, and leaves the error as it is', async () => {
    const error = Object.assign(new Error('Invalid call in\n  { email: "secret" }\nUnique constraint failed'), {
      code: 'P2002',
    });
    await tracer.withSpan('a', async () => {
      expect(() =>
        helper.runInChildSpan(operation, () => {
          throw error;
        }),
      ).toThrow(error);
      await expect(helper.runInChildSpan(operation, () => Promise.reject(error))).rejects.toBe(error);
    });
    expect(drawn()).toEqual(['a', '  User.findMany ! P2002', '  User.findMany ! P2002']);
    expect(exporter.spans[0]?.status.message).toBe('Unique constraint failed');
  });

  test('leaves out the spans of a driver below a statement, and nothing else', () => {
    tracer.withSpan('a', () =>
      helper.runInChildSpan(
        { name: 'db_query', kind: 2, attributes: { 'db.query.text': 'SELECT 1', 'db.system.name': 'sqlite' } },
        () => {
          withSpan('own', () => {});
        },
      ),
    );
    expect(drawn()).toEqual(['a', '  SELECT', '    own']);
  });

  test('calls a function without a span outside one', () => {
    expect(helper.runInChildSpan('connect', () => 7)).toBe(7);
    expect(helper.runInChildSpan(operation, () => 8)).toBe(8);
    withContext({} as never, () => expect(helper.runInChildSpan(operation, () => 9)).toBe(9));
    expect(drawn()).toEqual([]);
  });

  test("leaves the place to Prisma's own instrumentation", () => {
    for (const name of ['PRISMA_INSTRUMENTATION', 'V6_PRISMA_INSTRUMENTATION', 'V7_PRISMA_INSTRUMENTATION']) {
      delete globals.PRISMA_INSTRUMENTATION;
      const theirs = { helper };
      globals[name] = theirs;
      tracePrisma();
      expect(globals[name]).toBe(theirs);
      if (name !== 'PRISMA_INSTRUMENTATION') expect(globals.PRISMA_INSTRUMENTATION).toBeUndefined();
      delete globals[name];
    }
  });
});

function span6(id: string, parentId: string | null, name: string, attributes = {}): unknown {
  const [startTime, endTime] = [
    [1_700_000_000, 250_000],
    [1_700_000_000, 2_000_000],
  ];
  return { id, parentId, name, kind: 'internal', startTime, endTime, attributes, links: [] };
}

function span5(name: string, attributes = {}): object {
  const [start_time, end_time] = [
    [1_700_000_000, 250_000],
    [1_700_000_000, 2_000_000],
  ];
  return { name, kind: 'client', start_time, end_time, attributes, links: [] };
}

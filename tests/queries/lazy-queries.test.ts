// Queries that start when they are awaited, of the libraries that have them: withSpan() runs each once, in its span, and returns a
// promise of the rows, by its type too. The databases are functions that count their queries.
import { activeSpan, alwaysOffSampler, createTracer, parentBasedSampler, type Tracer } from '@waymark/core';
import { inMemoryExporter } from '@waymark/core/testing';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { drizzle } from 'drizzle-orm/sqlite-proxy';
import { knex } from 'knex';

interface User {
  readonly id: number;
  readonly name: string;
}

const exporter = inMemoryExporter();
const sampled = createTracer({ exporter, flushOnExit: false, env: {} });
const unsampled = createTracer({
  exporter,
  sampler: parentBasedSampler({ root: alwaysOffSampler() }),
  flushOnExit: false,
  env: {},
});

/** Each query that reached the database: its SQL, and the span that was active. */
const executed: { readonly sql: string; readonly spanId: string | undefined }[] = [];

function execute(sql: string): void {
  executed.push({ sql, spanId: activeSpan()?.spanId });
  if (sql.includes('missing')) throw new Error('no such table: missing');
}

class CountingClient extends knex.Client {
  override acquireConnection(): Promise<object> {
    return Promise.resolve({});
  }

  override releaseConnection(): Promise<void> {
    return Promise.resolve();
  }

  async _query(_: unknown, query: { sql: string; response?: unknown }): Promise<object> {
    execute(query.sql);
    return { ...query, response: [{ id: 1, name: 'Ada' }] };
  }

  processResponse(query: { response: unknown }): unknown {
    return query.response;
  }
}

const db = knex({ client: CountingClient });
const users = sqliteTable('users', { id: integer().notNull(), name: text().notNull() });
const orm = drizzle(async (sql) => {
  execute(sql);
  return { rows: [[1, 'Ada']] };
});

afterAll(() => db.destroy());

beforeEach(() => {
  exporter.reset();
  executed.length = 0;
});

/** As a caller has it: compiles only if the rows are typed. */
const loads: [string, (tracer: Tracer) => Promise<readonly User[]>][] = [
  ['knex', (tracer) => tracer.withSpan('load', () => db<User>('users').select('id', 'name').where('id', 1))],
  ['drizzle', (tracer) => tracer.withSpan('load', () => orm.select().from(users))],
];

test.each(loads)('a query of %s runs once, in the span, which ends with it', async (_, load) => {
  const rows = load(sampled);
  expect(rows).toBeInstanceOf(Promise);
  expect(await rows).toEqual([{ id: 1, name: 'Ada' }]);
  expect(exporter.spans.map(({ name, status }) => [name, status.code])).toEqual([['load', 'unset']]);
  expect(executed.map(({ spanId }) => spanId)).toEqual([exporter.spans[0]?.spanId]);
});

test.each(loads)(
  'a query of %s runs once where the trace is not sampled, below a span and without',
  async (_, load) => {
    expect(await load(unsampled)).toEqual([{ id: 1, name: 'Ada' }]);
    await unsampled.withSpan('request', async () => {
      const rows = load(unsampled);
      expect(rows).toBeInstanceOf(Promise);
      expect(await rows).toEqual([{ id: 1, name: 'Ada' }]);
    });
    expect([executed.length, exporter.spans.length]).toEqual([2, 0]);
  },
);

const failing: [string, () => PromiseLike<unknown>][] = [
  ['knex', () => db('missing')],
  ['drizzle', () => orm.select().from(sqliteTable('missing', { id: integer() }))],
];

test.each(failing)('a query of %s that fails rejects with its own error, and fails its span', async (_, query) => {
  const error = await sampled.withSpan('load', query).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(String((error as Error).cause ?? error)).toContain('no such table: missing');
  expect(executed).toHaveLength(1);
  expect(exporter.spans.map(({ status, events }) => [status.code, events.map(({ name }) => name)])).toEqual([
    ['error', ['exception']],
  ]);
});

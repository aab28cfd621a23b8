// The code of docs/libraries.md, running on a real PostgreSQL. docs.test.ts checks that each block is in a file like this one, word for word.
import { tracingChannel } from 'node:diagnostics_channel';
import { createTracer, getTracer, withSpan } from '@waymark/core';
import { instrumentLibraries, type LibrariesOption, traceChannel, tracePg } from '@waymark/core/libraries';
import { inMemoryExporter, renderTrace } from '@waymark/core/testing';
import { tracing as expressTracing } from '@waymark/express';
import express, { type RequestHandler } from 'express';
import pg from 'pg';
import request from 'supertest';
import { describeWith } from '../services/describe-with.ts';
import { startPostgres } from '../services/postgres.ts';
import type { Service } from '../services/service.ts';
import { readCodeBlocks } from './code-blocks.ts';
import { withoutNumbers } from './run-example.ts';

const exporter = inMemoryExporter();
getTracer({ serviceName: 'orders', exporter, flushOnExit: false, logLevel: 'none' });
beforeEach(() => exporter.reset());

/** The page's, with an exporter that the test reads. The client of the test is not traced. */
const tracing = (options: { serviceName?: string; libraries?: LibrariesOption }): RequestHandler =>
  expressTracing({ ...options, exporter, outbound: false, logLevel: 'none' });

tracePg(pg);

describeWith('postgres')('PostgreSQL', () => {
  let postgres: Service;
  let pool: pg.Pool;

  beforeAll(async () => {
    postgres = await startPostgres();
    process.env.DATABASE_URL = postgres.url;
    pool = new pg.Pool({ connectionString: postgres.url });
    await pool.query('CREATE TABLE orders (id text, customer text, total integer)');
    await pool.query("INSERT INTO orders VALUES ('7-1', 'ada', 40), ('7-2', 'ada', 25)");
  }, 60_000);

  afterAll(async () => {
    delete process.env.DATABASE_URL;
    await pool.end();
    await postgres.stop();
  });

  test('a query of a request', async () => {
    const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });

    const app = express();
    app.use(tracing({ serviceName: 'orders' }));

    app.get('/orders/:customer', async (req, res) => {
      const { rows } = await pool.query('SELECT id, total FROM orders WHERE customer = $1', [req.params.customer]);
      res.json(rows);
    });

    expect((await request(app).get('/orders/ada')).body).toHaveLength(2);
    await pool.end();
    const [picture] = readCodeBlocks('docs/libraries.md').filter(({ language }) => language === 'text');
    const drawn = withoutNumbers(renderTrace(await exporter.waitFor(2), { width: 150 })).slice(1);
    expect(drawn).toEqual(withoutNumbers(picture?.code ?? 'no picture'));
  });

  test('a script', async () => {
    instrumentLibraries();
    await withSpan('nightly report', () => pool.query('SELECT count(*) FROM orders'));

    expect(exporter.spans.map(({ name }) => name)).toEqual(['SELECT orders', 'nightly report']);
  });
});

describe('the options', () => {
  function settingOf(options: { libraries: LibrariesOption }): string | undefined {
    const lines = createTracer({ ...options, exporter: 'none' }).describeSettings();
    return /^libraries +(.*?) {2}/m.exec(lines)?.[1];
  }

  test('some, none, and with options', () => {
    tracing({ libraries: false }); // none
    tracing({ libraries: ['pg', 'ioredis'] }); // these only
    tracing({ libraries: { redis: false, pg: { queryText: false } } }); // all, but Redis; no statements of pg

    expect(settingOf({ libraries: false })).toBe('none');
    expect(settingOf({ libraries: ['pg', 'ioredis'] })).toBe('pg, ioredis');
    expect(settingOf({ libraries: { redis: false, pg: { queryText: false } } })).not.toMatch(/\bredis\b/);
  });

  test('calls outside of a span', () => {
    tracing({ libraries: { pg: { requireParentSpan: false } } });

    expect(settingOf({ libraries: { pg: { requireParentSpan: false } } })).toBe('all');
  });

  test('a trace for each job', () => {
    getTracer({ serviceName: 'worker', libraries: { bullmq: { newTracePerJob: true } } });

    expect(settingOf({ libraries: { bullmq: { newTracePerJob: true } } })).toBe('all');
  });
});

test('a channel that Waymark does not know', () => {
  const stop = traceChannel<{ table: string }>('acme:query', ({ table }) => ({
    name: `acme ${table}`,
    attributes: { 'db.system.name': 'acme', 'db.collection.name': table },
  }));

  const channel = tracingChannel<unknown, { table: string }>('acme:query');
  withSpan('request', () => channel.traceSync(() => {}, { table: 'orders' }));
  stop();
  expect(exporter.spans).toMatchObject([{ name: 'acme orders', kind: 'client' }, { name: 'request' }]);
});

import { type EventEmitter, on, once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { activeSpan, type Span } from '@waymark/core';
import type { Client } from 'pg';
import { describeWith } from '../../services/describe-with.ts';
import { loadPg, type Setup, setUp, versions } from './traced-pg.ts';

interface Cursor extends EventEmitter {
  submit(): void;
  read(rows: number): Promise<unknown[]>;
  read(rows: number, callback: (error: unknown) => void): void;
  close(): Promise<void>;
  close(callback: () => void): void;
}
const Cursor = require('pg-cursor') as new (text: string, values?: unknown[]) => Cursor;
const QueryStream = require('pg-query-stream') as typeof import('pg-query-stream');
const { from: copyFrom, to: copyTo } = require('pg-copy-streams') as {
  from(text: string): never;
  to(text: string): never;
};

const hundred = 'SELECT * FROM generate_series(1, $1) AS number';

describeWith('postgres')('a query object of pg', () => {
  let setup: Setup;
  beforeAll(async () => {
    setup = await setUp();
  });
  afterAll(() => setup.stop());

  describe.each(versions)('%s', (version) => {
    const { Client: PgClient, Query, Pool } = loadPg(version);
    let client: Client;
    // Opened by another request, whose context no event may have.
    beforeAll(() =>
      setup.tracer.withSpan('opener', async () => {
        client = new PgClient(setup.service.url);
        await client.connect();
      }),
    );
    afterAll(() => client.end());
    beforeEach(() => setup.exporter.reset());

    test('emits its events in the context of the caller', async () => {
      const seen: (Span | undefined)[] = [];
      const request = await setup.tracer.withSpan('request', async (span) => {
        const query = client.query(new Query('SELECT * FROM users'));
        query.on('row', () => seen.push(activeSpan()));
        query.on('end', () => seen.push(activeSpan()));
        await once(query, 'end');
        return span;
      });
      expect(seen).toEqual([request, request, request, request]);
      expect(await setup.draw(2)).toEqual(['request', '  SELECT users (3)']);
    });

    test('has the context of a caller without a span', async () => {
      const query = client.query(new Query('SELECT * FROM users'));
      const seen: unknown[] = [];
      query.on('row', () => seen.push(activeSpan()));
      await once(query, 'end');
      expect(seen).toEqual([undefined, undefined, undefined]);
      expect(setup.exporter.spans).toEqual([]);
    });

    test('has one span, however often a cursor is read', async () => {
      await setup.tracer.withSpan('request', async (span) => {
        const cursor = client.query(new Cursor(hundred, [100]));
        for (let read = 0; read < 3; read++) expect(await cursor.read(40)).toHaveLength(read < 2 ? 40 : 20);
        expect(await cursor.read(40)).toHaveLength(0);
        expect(activeSpan()).toBe(span);
        setup.tracer.withSpan('afterwards', () => {});
      });
      expect(await setup.draw(3)).toEqual(['request', '  SELECT generate_series (100)', '  afterwards']);
    });

    test('ends with the cursor that is closed early', async () => {
      await setup.tracer.withSpan('request', async () => {
        const cursor = client.query(new Cursor(hundred, [100]));
        await cursor.read(10);
        await cursor.close();
        await client.query('SELECT 1');
      });
      expect(await setup.draw(3)).toEqual(['request', '  SELECT generate_series (10)', '  SELECT (1)']);
    });

    test('ends with the error of a cursor', async () => {
      await setup.tracer.withSpan('request', async () => {
        const cursor = client.query(new Cursor('SELECT 1 / (number - 5) FROM generate_series(1, 9) AS number'));
        await expect(cursor.read(10)).rejects.toThrow('division by zero');
        await client.query('SELECT 1');
      });
      expect(await setup.draw(3)).toEqual(['request', '  SELECT generate_series ! 22012', '  SELECT (1)']);
    });

    test('calls back each read of a cursor in the context of its caller', async () => {
      await setup.tracer.withSpan('request', async () => {
        const cursor = client.query(new Cursor(hundred, [100]));
        for (const name of ['first', 'second']) {
          await setup.tracer.withSpan(
            name,
            (span) =>
              new Promise<void>((resolve, reject) => {
                cursor.read(10, (error) =>
                  error === null && activeSpan() === span ? resolve() : reject(new Error('context')),
                );
              }),
          );
        }
        await setup.tracer.withSpan(
          'close',
          (span) =>
            new Promise<void>((resolve, reject) => {
              cursor.close(() => (activeSpan() === span ? resolve() : reject(new Error('context'))));
            }),
        );
        expect(Object.hasOwn(cursor, 'read')).toBe(false);
      });
      expect(await setup.draw(5)).toEqual([
        'request',
        '  SELECT generate_series (20)',
        '  first',
        '  second',
        '  close',
      ]);
    });

    test('has one span for a stream, and its events the context of the caller', async () => {
      const contexts = new Set<Span | undefined>();
      const request = await setup.tracer.withSpan('request', async (span) => {
        const stream = client.query(new QueryStream(hundred, [250]));
        stream.on('data', () => contexts.add(activeSpan()));
        await once(stream, 'end');
        return span;
      });
      expect([...contexts]).toEqual([request]);
      expect(await setup.draw(2)).toEqual(['request', '  SELECT generate_series (250)']);
    });

    test('ends with the iteration over a stream, also one that is left', async () => {
      await setup.tracer.withSpan('request', async (span) => {
        let rows = 0;
        for await (const row of client.query(new QueryStream(hundred, [250]))) {
          expect(row).toEqual({ number: ++rows });
          expect(activeSpan()).toBe(span);
        }
        for await (const row of client.query(new QueryStream(hundred, [250], { batchSize: 10 }))) {
          if (row.number === 5) break;
        }
        await client.query('SELECT 1');
      });
      expect(await setup.draw(4)).toEqual([
        'request',
        '  SELECT generate_series (250)',
        '  SELECT generate_series (20)', // the stream reads ahead
        '  SELECT (1)',
      ]);
    });

    test('ends with the error of a stream', async () => {
      await setup.tracer.withSpan('request', async () => {
        await expect(client.query(new QueryStream('SELECT * FROM missing')).toArray()).rejects.toThrow('missing');
        await client.query('SELECT 1');
      });
      expect(await setup.draw(3)).toEqual(['request', '  SELECT missing ! 42P01', '  SELECT (1)']);
    });

    // pg 8.0 does not call back for it.
    (version === 'pg80' ? test.skip : test)('may be passed to a pool', async () => {
      const pool = new Pool({ connectionString: setup.service.url, max: 1 });
      await setup.tracer.withSpan('request', async () => {
        const query = new Query('SELECT * FROM users');
        await Promise.all([pool.query('SELECT 1'), pool.query(query as never)]);
      });
      await pool.end();
      expect(await setup.draw(3)).toEqual(['request', '  SELECT (1)', '  SELECT users (3)']);
    });

    test('copies', async () => {
      await client.query('CREATE TABLE copied (LIKE users)');
      await setup.tracer.withSpan('request', async () => {
        await pipeline(Readable.from(['7\tsue\n', '8\ttim\n']), client.query(copyFrom('COPY copied FROM STDIN')));
        let text = '';
        const sink = new Writable({
          write(chunk, _, done) {
            text += chunk;
            done();
          },
        });
        await pipeline(client.query(copyTo('COPY copied TO STDOUT')), sink);
        expect(text).toBe('7\tsue\n8\ttim\n');
        const broken = client.query(copyFrom('COPY copied FROM STDIN'));
        await expect(pipeline(Readable.from(['x\ty\n']), broken)).rejects.toThrow('invalid input syntax');
      });
      await client.query('DROP TABLE copied');
      expect(await setup.draw(4)).toEqual(['request', '  COPY copied', '  COPY copied', '  COPY copied ! 22P02']);
    });

    test('ends with a COPY without a stream', async () => {
      await setup.tracer.withSpan('request', () => client.query('COPY users FROM STDIN').catch(() => {}));
      expect(await setup.draw(2)).toEqual(['request', '  COPY users ! 57014']);
    });

    test('listens and notifies', async () => {
      await setup.tracer.withSpan('request', async () => {
        await client.query('LISTEN news');
        const notifications = on(client, 'notification');
        await client.query("NOTIFY news, 'secret'");
        const { value } = await notifications.next();
        expect(value[0]).toMatchObject({ channel: 'news', payload: 'secret' });
        await notifications.return?.();
      });
      const spans = await setup.exporter.waitFor(3);
      expect(JSON.stringify(spans)).not.toContain('secret');
    });

    test('fails with its connection', async () => {
      const broken = new PgClient(setup.service.url);
      broken.on('error', () => {});
      await broken.connect();
      const { rows } = await broken.query('SELECT pg_backend_pid() AS pid');
      await setup.tracer.withSpan('request', async () => {
        const cursor = broken.query(new Cursor(hundred, [100]));
        await cursor.read(10);
        const ended = new Promise((resolve) => broken.once('end', resolve));
        await client.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
        await ended;
      });
      const [request, cursor] = await setup.draw(3);
      expect([request, cursor]).toEqual(['request', '  SELECT generate_series ! 57P01']);
    });
  });
});

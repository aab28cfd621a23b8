import type pg from 'pg';
import QueryStream from 'pg-query-stream';
import { calledBack, drain, failure, type Subject } from '../subject.ts';
import { prepareNumbers } from './numbers.ts';

const rows = (canary: string) => `SELECT n FROM numbers WHERE label <> '${canary}'`;
const broken = (canary: string) => `SELECT missing FROM numbers WHERE label = '${canary}'`;
const byParameter = 'SELECT n FROM numbers WHERE label <> $1';

interface Clients {
  readonly pool: pg.Pool;
  /** Its queries time out. */
  readonly impatient: pg.Pool;
}

export const pgSubject: Subject<typeof pg, Clients> = {
  name: 'pg',
  library: 'pg',
  modules: ['pg80', 'pg'],
  service: 'postgres',
  trace: ({ tracePg }, moduleExports) => tracePg(moduleExports),
  async open({ Pool }, { url }, max) {
    const pool = new Pool({ connectionString: url, max });
    await prepareNumbers((text) => pool.query(text));
    return { pool, impatient: new Pool({ connectionString: url, max, query_timeout: 30 }) };
  },
  close: ({ pool, impatient }) => Promise.all([pool.end(), impatient.end()]),
  calls: {
    'promise, success': {
      spans: ['SELECT numbers (3)', 'after', 'SELECT numbers (3)', 'after'],
      async make({ pool }, canary, after) {
        await pool.query(rows(canary));
        after();
        await pool.query(byParameter, [canary]);
        after();
      },
    },
    'promise, error': {
      spans: ['SELECT numbers ! 42703', 'after', 'INSERT numbers ! 22P02', 'after'],
      async make({ pool }, canary, after) {
        await failure(pool.query(broken(canary)));
        after();
        await failure(pool.query('INSERT INTO numbers (n) VALUES ($1)', [canary]));
        after();
      },
    },
    'promise, cancel': {
      spans: ['SELECT numbers ! Error', 'after'],
      async make({ impatient }, canary, after) {
        await failure(impatient.query(`SELECT n, pg_sleep(1) FROM numbers WHERE n = 1 AND label <> '${canary}'`));
        after();
      },
    },
    'callback, success': {
      spans: ['SELECT numbers (3)', 'after', 'SELECT numbers (3)', 'after'],
      async make({ pool }, canary, after) {
        await calledBack('success', after, (callback) => pool.query(rows(canary), callback));
        await calledBack('success', after, (callback) => pool.query(byParameter, [canary], callback));
      },
    },
    'callback, error': {
      spans: ['SELECT numbers ! 42703', 'after'],
      make: ({ pool }, canary, after) => calledBack('error', after, (callback) => pool.query(broken(canary), callback)),
    },
    'callback within a callback': {
      spans: ['SELECT numbers (3)', 'after', 'SELECT numbers (3)', 'after'],
      make: ({ pool }, canary, after) =>
        new Promise<void>((resolve, reject) => {
          pool.query(rows(canary), () => {
            after();
            calledBack('success', after, (callback) => pool.query(byParameter, [canary], callback)).then(
              resolve,
              reject,
            );
          });
        }),
    },
    'client by promise, transaction': {
      spans: ['after', 'BEGIN', 'INSERT numbers', 'after', 'ROLLBACK', 'after'],
      async make({ pool }, canary, after) {
        const client = await pool.connect();
        after();
        await client.query('BEGIN');
        await client.query('INSERT INTO numbers VALUES (4, $1)', [canary]);
        after();
        await client.query('ROLLBACK');
        client.release();
        after();
      },
    },
    'client by callback, success': {
      spans: ['after', 'SELECT numbers (3)', 'after'],
      make: ({ pool }, canary, after) =>
        new Promise<void>((resolve, reject) => {
          pool.connect((error, client, release) => {
            after();
            if (client === undefined) return reject(error);
            client.query(rows(canary), () => {
              after();
              release();
              resolve();
            });
          });
        }),
    },
    'stream, success': {
      spans: ['SELECT numbers (3)', 'after'],
      async make({ pool }, canary, after) {
        const client = await pool.connect();
        await drain(client.query(new QueryStream(rows(canary), [], { batchSize: 1 })));
        client.release();
        after();
      },
    },
    'stream, error': {
      spans: ['SELECT numbers ! 42703', 'after'],
      async make({ pool }, canary, after) {
        const client = await pool.connect();
        await failure(drain(client.query(new QueryStream(broken(canary)))));
        client.release();
        after();
      },
    },
  },
};

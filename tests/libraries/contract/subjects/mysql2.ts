import type mysql2 from 'mysql2';
import { calledBack, failure, type Subject } from '../subject.ts';
import { prepareNumbers } from './numbers.ts';

const rows = (canary: string) => `SELECT n FROM numbers WHERE label <> '${canary}'`;
const broken = (canary: string) => `SELECT missing FROM numbers WHERE label = '${canary}'`;
const byParameter = 'SELECT n FROM numbers WHERE label <> ?';

export const mysql2Subject: Subject<typeof mysql2, mysql2.Pool> = {
  name: 'mysql2',
  library: 'mysql2',
  modules: ['mysql2-30', 'mysql2-319', 'mysql2'],
  service: 'mariadb',
  trace: ({ traceMysql2 }, moduleExports) => traceMysql2(moduleExports),
  async open({ createPool }, { host, port, user, password, database }, connectionLimit) {
    const pool = createPool({ host, port, user, password, database, connectionLimit });
    await prepareNumbers((text) => pool.promise().query(text));
    return pool;
  },
  close: (pool) => pool.promise().end(),
  calls: {
    'promise, success': {
      spans: ['SELECT numbers (3)', 'after', 'SELECT numbers (3)', 'after', 'SELECT numbers (3)', 'after'],
      async make(pool, canary, after) {
        await pool.promise().query(rows(canary));
        after();
        await pool.promise().query(byParameter, [canary]);
        after();
        await pool.promise().execute(byParameter, [canary]);
        after();
      },
    },
    'promise, error': {
      spans: ['SELECT numbers ! 1054', 'after', 'SELECT numbers ! 1054', 'after'],
      async make(pool, canary, after) {
        await failure(pool.promise().query(broken(canary)));
        after();
        await failure(pool.promise().execute('SELECT missing FROM numbers WHERE label = ?', [canary]));
        after();
      },
    },
    'promise, cancel': {
      spans: ['SELECT numbers ! PROTOCOL_SEQUENCE_TIMEOUT', 'after'],
      async make(pool, canary, after) {
        const sql = `SELECT n, SLEEP(0.6) FROM numbers WHERE n = 1 AND label <> '${canary}'`;
        await failure(pool.promise().query({ sql, timeout: 30 }));
        after();
      },
    },
    'callback, success': {
      spans: ['SELECT numbers (3)', 'after', 'SELECT numbers (3)', 'after'],
      async make(pool, canary, after) {
        await calledBack('success', after, (callback) => pool.query(rows(canary), callback));
        await calledBack('success', after, (callback) => pool.execute(byParameter, [canary], callback));
      },
    },
    'callback, error': {
      spans: ['SELECT numbers ! 1054', 'after'],
      make: (pool, canary, after) => calledBack('error', after, (callback) => pool.query(broken(canary), callback)),
    },
    'callback within a callback': {
      spans: ['SELECT numbers (3)', 'after', 'SELECT numbers (3)', 'after'],
      make: (pool, canary, after) =>
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
    'connection by promise, transaction': {
      spans: ['after', 'START TRANSACTION', 'INSERT numbers', 'after', 'ROLLBACK', 'after'],
      async make(pool, canary, after) {
        const connection = await pool.promise().getConnection();
        after();
        await connection.beginTransaction();
        await connection.query('INSERT INTO numbers VALUES (4, ?)', [canary]);
        after();
        await connection.rollback();
        connection.release();
        after();
      },
    },
    'connection by callback, success': {
      spans: ['after', 'SELECT numbers (3)', 'after'],
      make: (pool, canary, after) =>
        new Promise<void>((resolve, reject) => {
          pool.getConnection((error, connection) => {
            after();
            if (error) return reject(error);
            connection.query(rows(canary), () => {
              after();
              connection.release();
              resolve();
            });
          });
        }),
    },
    'stream, success': {
      spans: ['SELECT numbers (3)', 'after'],
      make: (pool, canary, after) =>
        new Promise<void>((resolve, reject) => {
          const stream = pool.query(rows(canary)).stream();
          stream.on('error', reject).on('data', () => {});
          stream.on('end', () => {
            after();
            resolve();
          });
        }),
    },
    'stream, error': {
      spans: ['SELECT numbers ! 1054', 'after'],
      make: (pool, canary, after) =>
        new Promise<void>((resolve, reject) => {
          const stream = pool.query(broken(canary)).stream();
          stream.on('end', reject).on('data', () => {});
          stream.on('error', () => {
            after();
            resolve();
          });
        }),
    },
  },
};

import type * as mariadb from 'mariadb';
import { drain, failure, type Subject } from '../subject.ts';
import { prepareNumbers } from './numbers.ts';

const rows = (canary: string) => `SELECT n FROM numbers WHERE label <> '${canary}'`;
const broken = (canary: string) => `SELECT missing FROM numbers WHERE label = '${canary}'`;
const byParameter = 'SELECT n FROM numbers WHERE label <> ?';

export const mariadbSubject: Subject<typeof mariadb, mariadb.Pool> = {
  name: 'mariadb',
  library: 'mariadb',
  modules: ['mariadb32', 'mariadb'],
  service: 'mariadb',
  trace: ({ traceMariadb }, moduleExports) => traceMariadb(moduleExports),
  async open({ createPool }, { host, port, user, password, database }, connectionLimit) {
    const pool = createPool({ host, port, user, password, database, connectionLimit });
    await prepareNumbers((text) => pool.query(text));
    return pool;
  },
  close: (pool) => pool.end(),
  calls: {
    'promise, success': {
      spans: ['SELECT numbers (3)', 'after', 'SELECT numbers (3)', 'after', 'SELECT numbers (3)', 'after'],
      async make(pool, canary, after) {
        await pool.query(rows(canary));
        after();
        await pool.query(byParameter, [canary]);
        after();
        await pool.execute(byParameter, [canary]);
        after();
      },
    },
    'promise, error': {
      spans: ['SELECT numbers ! 1054', 'after'],
      async make(pool, canary, after) {
        await failure(pool.query(broken(canary)));
        after();
      },
    },
    'connection, transaction': {
      spans: ['after', 'START TRANSACTION', 'INSERT numbers', 'after', 'ROLLBACK', 'after'],
      async make(pool, canary, after) {
        const connection = await pool.getConnection();
        after();
        await connection.beginTransaction();
        await connection.query('INSERT INTO numbers VALUES (4, ?)', [canary]);
        after();
        await connection.rollback();
        await connection.release();
        after();
      },
    },
    'stream, success': {
      spans: ['SELECT numbers (3)', 'after'],
      async make(pool, canary, after) {
        const connection = await pool.getConnection();
        await drain(connection.queryStream(rows(canary)));
        await connection.release();
        after();
      },
    },
    'stream, error': {
      spans: ['SELECT numbers ! 1054', 'after'],
      async make(pool, canary, after) {
        const connection = await pool.getConnection();
        await failure(drain(connection.queryStream(broken(canary))));
        await connection.release();
        after();
      },
    },
  },
};

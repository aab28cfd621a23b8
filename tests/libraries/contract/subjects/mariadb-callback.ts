import type { Pool, PoolConfig } from 'mariadb/callback';
import { calledBack, type Subject } from '../subject.ts';
import { prepareNumbers } from './numbers.ts';

const rows = (canary: string) => `SELECT n FROM numbers WHERE label <> '${canary}'`;
const broken = (canary: string) => `SELECT missing FROM numbers WHERE label = '${canary}'`;

interface Module {
  createPool(config: PoolConfig): Pool;
}

export const mariadbCallbackSubject: Subject<Module, Pool> = {
  name: 'mariadb by callback',
  library: 'mariadb',
  modules: ['mariadb32/callback', 'mariadb/callback'],
  service: 'mariadb',
  trace: ({ traceMariadb }, moduleExports) => traceMariadb(moduleExports),
  async open({ createPool }, { host, port, user, password, database }, connectionLimit) {
    const pool = createPool({ host, port, user, password, database, connectionLimit });
    await prepareNumbers(
      (text) =>
        new Promise<void>((resolve, reject) => {
          pool.query(text, (error: unknown) => (error ? reject(error) : resolve()));
        }),
    );
    return pool;
  },
  close: (pool) => new Promise<void>((resolve) => pool.end(() => resolve())),
  calls: {
    'callback, success': {
      spans: ['SELECT numbers (3)', 'after', 'SELECT numbers (3)', 'after'],
      async make(pool, canary, after) {
        await calledBack('success', after, (callback) => pool.query(rows(canary), callback));
        await calledBack('success', after, (callback) => pool.query(rows(canary), callback));
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
            calledBack('success', after, (callback) => pool.query(rows(canary), callback)).then(resolve, reject);
          });
        }),
    },
    'connection by callback, success': {
      spans: ['after', 'SELECT numbers (3)', 'after'],
      make: (pool, canary, after) =>
        new Promise<void>((resolve, reject) => {
          pool.getConnection((error, connection) => {
            after();
            if (connection === undefined) return reject(error);
            connection.query(rows(canary), () => {
              after();
              connection.release(() => {});
              resolve();
            });
          });
        }),
    },
  },
};

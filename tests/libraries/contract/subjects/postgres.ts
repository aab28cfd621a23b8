import type postgres from 'postgres';
import { drain, failure, type Subject } from '../subject.ts';
import { prepareNumbers } from './numbers.ts';

const rows = (canary: string) => `SELECT n FROM numbers WHERE label <> '${canary}'`;

export const postgresSubject: Subject<typeof postgres, postgres.Sql> = {
  name: 'postgres',
  library: 'postgres',
  modules: ['postgres30', 'postgres'],
  service: 'postgres',
  hidesServer: () => true, // the classes do not refer to it, and only `sql` has it
  // Takes a client; it traces those of the same copy. This one does not connect.
  trace: ({ tracePostgres }, postgres) => tracePostgres(postgres('postgres://127.0.0.1:1/none')),
  async open(postgres, { url }, max) {
    const sql = postgres(url, { max, onnotice: () => {} });
    await prepareNumbers((text) => sql.unsafe(text));
    return sql;
  },
  close: (sql) => sql.end(),
  calls: {
    'promise, success': {
      spans: ['SELECT numbers (3)', 'after', 'SELECT numbers (3)', 'after'],
      async make(sql, canary, after) {
        await sql`SELECT n FROM numbers WHERE label <> ${canary}`;
        after();
        await sql.unsafe(rows(canary));
        after();
      },
    },
    'promise, error': {
      spans: ['SELECT numbers ! 42703', 'after', 'SELECT numbers ! 42703', 'after'],
      async make(sql, canary, after) {
        await failure(sql`SELECT missing FROM numbers WHERE label = ${canary}`);
        after();
        await failure(sql.unsafe(`SELECT missing FROM numbers WHERE label = '${canary}'`));
        after();
      },
    },
    'promise, cancel': {
      isMissingIn: (module) => module === 'postgres30', // it hangs where the other queries wait for a connection
      spans: ['SELECT numbers ! 57014', 'after'],
      async make(sql, canary, after) {
        const query = sql`SELECT n, pg_sleep(5) FROM numbers WHERE n = 1 AND label <> ${canary}`;
        setTimeout(() => query.cancel(), 200); // PostgreSQL ignores what comes before it runs the statement
        await failure(query);
        after();
      },
    },
    'transaction, success': {
      spans: ['begin', 'INSERT numbers', 'after', 'rollback', 'after'],
      async make(sql, canary, after) {
        await failure(
          sql.begin(async (transaction) => {
            await transaction`INSERT INTO numbers VALUES (4, ${canary})`;
            after();
            throw new Error('This rolls back.');
          }),
        );
        after();
      },
    },
    'cursor, success': {
      isMissingIn: (module) => module === 'postgres30', // its cursors hang where a pool is full
      spans: ['SELECT numbers (3)', 'after'],
      async make(sql, canary, after) {
        await drain(sql`SELECT n FROM numbers WHERE label <> ${canary}`.cursor(1));
        after();
      },
    },
    'cursor, error': {
      isMissingIn: (module) => module === 'postgres30', // its cursors hang where a pool is full
      spans: ['SELECT numbers ! 42703', 'after'],
      async make(sql, canary, after) {
        await failure(drain(sql`SELECT missing FROM numbers WHERE label = ${canary}`.cursor(1)));
        after();
      },
    },
  },
};

// @opentelemetry/instrumentation-pg: a pool of one connection, five requests at once, promises, callbacks, and an error.
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  services: ['postgres'],
  instrumentations: (load) => [new (load('@opentelemetry/instrumentation-pg').PgInstrumentation)()],

  async run({ load, servers, inRequest, mark }) {
    const { Pool } = load('pg');
    const { host, port, user, password, database } = servers.postgres;
    const pool = new Pool({ host, port, user, password, database, max: 1 });
    const client = await pool.connect();
    client.release();

    await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map((name) =>
        inRequest(`promises ${name}`, async () => {
          await pool.query(`SELECT '${name}'`);
          mark(`after ${name}`);
        }),
      ),
    );
    await Promise.all(
      ['f', 'g', 'h'].map((name) =>
        inRequest(`callbacks ${name}`, async () => {
          await new Promise<void>((resolve) => {
            pool.query(`SELECT '${name}'`, () => {
              mark(`in callback ${name}`);
              resolve();
            });
          });
        }),
      ),
    );
    await inRequest('transaction', async () => {
      const one = await pool.connect();
      await one.query('BEGIN');
      await one.query('SELECT $1::int', [7]);
      await one.query('COMMIT');
      one.release();
    });
    await inRequest('failure', async () => {
      await pool.query('SELECT * FROM absent').catch(() => mark('after failure'));
    });
    // No service listens on the first port.
    const refused = new Pool({ host: '127.0.0.1', port: 1, user, database });
    await inRequest('refused', async () => {
      await refused.query('SELECT 1').catch(() => mark('after refusal'));
    });
    await refused.end();
    await pool.end();
  },
};

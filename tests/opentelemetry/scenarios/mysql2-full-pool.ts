// @opentelemetry/instrumentation-mysql2 with more requests at once than connections.
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  services: ['mariadb'],
  instrumentations: (load) => [new (load('@opentelemetry/instrumentation-mysql2').MySQL2Instrumentation)()],

  async run({ load, servers, inRequest, mark }) {
    const { host, port, user, password, database } = servers.mariadb;
    const pool = load('mysql2/promise').createPool({ host, port, user, password, database, connectionLimit: 1 });
    await pool.query('SELECT 0');
    await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        inRequest(`request ${name}`, async () => {
          await pool.query(`SELECT '${name}'`);
          mark(`after ${name}`);
        }),
      ),
    );
    await pool.end();
  },
};

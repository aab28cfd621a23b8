// @opentelemetry/instrumentation-mysql2: a pool of one connection, requests at once, promises, callbacks, prepared statements, errors.
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  services: ['mariadb'],
  instrumentations: (load) => [new (load('@opentelemetry/instrumentation-mysql2').MySQL2Instrumentation)()],

  async run({ load, servers, inRequest, mark }) {
    const { host, port, user, password, database } = servers.mariadb;
    const options = { host, port, user, password, database };
    const pool = load('mysql2/promise').createPool({ ...options, connectionLimit: 1 });

    // One after another: where the pool is full, the instrumentation itself takes the wrong parent.
    for (const name of ['a', 'b']) {
      await inRequest(`promises ${name}`, async () => {
        await pool.query(`SELECT '${name}'`);
        mark(`after ${name}`);
        await pool.execute('SELECT ?', [name]);
      });
    }
    // A connection each.
    const connections = await Promise.all([1, 2, 3].map(() => load('mysql2/promise').createConnection(options)));
    await Promise.all(
      connections.map((connection, index) =>
        inRequest(`at once ${index}`, async () => {
          await connection.query(`SELECT ${index}`);
          mark(`after ${index}`);
          await connection.query(`SELECT ${index} + 1`);
        }),
      ),
    );
    const callbacks = load('mysql2').createConnection(options);
    await inRequest('callbacks', async () => {
      await new Promise<void>((resolve) => {
        callbacks.query('SELECT 1', () => {
          mark('in callback');
          resolve();
        });
      });
    });
    await inRequest('rows as events', async () => {
      await new Promise((resolve) => {
        callbacks
          .query('SELECT 1')
          .on('result', () => {})
          .on('end', resolve);
      });
    });
    await inRequest('failure', async () => {
      await pool.query('SELECT * FROM absent').catch(() => mark('after failure'));
    });
    callbacks.destroy();
    await Promise.all([pool, ...connections].map((one) => one.end()));
  },
};

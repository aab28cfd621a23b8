// @opentelemetry/instrumentation-knex over pg, whose own instrumentation is registered too.
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  services: ['postgres'],
  instrumentations: (load) => [
    new (load('@opentelemetry/instrumentation-knex').KnexInstrumentation)(),
    new (load('@opentelemetry/instrumentation-pg').PgInstrumentation)(),
  ],

  async run({ load, servers, inRequest, mark }) {
    const { host, port, user, password, database } = servers.postgres;
    const knex = load('knex')({
      client: 'pg',
      connection: { host, port, user, password, database },
      pool: { min: 1, max: 1 },
    });
    await knex.schema.createTable('knex_entries', (table: { integer(name: string): void }) => table.integer('id'));

    await Promise.all(
      ['a', 'b', 'c'].map((name, index) =>
        inRequest(`request ${name}`, async () => {
          await knex('knex_entries').insert({ id: index });
          mark(`after insert ${name}`);
          await knex('knex_entries').where({ id: index }).select('id');
          mark(`after select ${name}`);
        }),
      ),
    );
    await inRequest('transaction', () =>
      knex.transaction(async (transaction: (table: string) => { insert(row: object): Promise<unknown> }) => {
        await transaction('knex_entries').insert({ id: 7 });
        mark('in transaction');
      }),
    );
    await inRequest('failure', async () => {
      await knex('absent_entries')
        .select('id')
        .catch(() => mark('after failure'));
    });
    await knex.schema.dropTable('knex_entries');
    await knex.destroy();
  },
};

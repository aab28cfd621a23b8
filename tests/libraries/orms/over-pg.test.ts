// Query builders and ORMs send their statements through pg, which is what is traced: one span for a query, and none of each layer.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { activeSpan, createTracer, type Tracer } from '@waymark/core';
import { tracePg } from '@waymark/core/libraries';
import { type InMemoryExporter, inMemoryExporter } from '@waymark/core/testing';
import { sql as drizzleSql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import createKnex from 'knex';
import pg from 'pg';
import { DataTypes, Sequelize } from 'sequelize';
import { DataSource, EntitySchema } from 'typeorm';
import { describeWith } from '../../services/describe-with.ts';
import { startPostgres } from '../../services/postgres.ts';
import type { Service } from '../../services/service.ts';
import { drawSpans } from '../draw-spans.ts';

tracePg(pg);

interface User {
  id: number;
  name: string;
}

/** What an application does with an ORM. */
interface Orm {
  find(name: string): Promise<unknown>;
  transact(name: string): Promise<unknown>;
  fail(): Promise<unknown>;
  close(): Promise<unknown>;
}

const max = 2; // clients, for 20 requests
const users = Array.from({ length: 20 }, (_, index) => `user ${index}`);

const orms: Readonly<Record<string, (url: string) => Promise<Orm>>> = {
  async knex(url) {
    const knex = createKnex({ client: 'pg', connection: url, pool: { min: 0, max } });
    return {
      find: async (name) => knex('users').where({ name }),
      transact: (name) => knex.transaction(async (trx) => trx('users').where({ name }).update({ name })),
      fail: async () => knex('missing'),
      close: () => knex.destroy(),
    };
  },
  async drizzle(url) {
    const pool = new pg.Pool({ connectionString: url, max });
    const db = drizzle(pool);
    const users = pgTable('users', { id: integer('id').primaryKey(), name: text('name') });
    return {
      find: async (name) => db.select().from(users).where(drizzleSql`${users.name} = ${name}`),
      transact: (name) =>
        db.transaction((tx) => tx.update(users).set({ name }).where(drizzleSql`${users.name} = ${name}`)),
      fail: async () => db.execute(drizzleSql`SELECT * FROM missing`),
      close: () => pool.end(),
    };
  },
  async typeorm(url) {
    const entity = new EntitySchema<User>({
      name: 'users',
      columns: { id: { type: 'int', primary: true }, name: { type: 'text' } },
    });
    const source = new DataSource({ type: 'postgres', url, driver: pg, entities: [entity], poolSize: max });
    await source.initialize();
    return {
      find: (name) => source.getRepository(entity).findBy({ name }),
      transact: (name) => source.transaction((manager) => manager.update(entity, { name }, { name })),
      fail: () => source.query('SELECT * FROM missing'),
      close: () => source.destroy(),
    };
  },
  async sequelize(url) {
    const sequelize = new Sequelize(url, { dialectModule: pg, logging: false, pool: { max } });
    const users = sequelize.define(
      'users',
      { id: { type: DataTypes.INTEGER, primaryKey: true }, name: DataTypes.TEXT },
      { timestamps: false },
    );
    return {
      find: (name) => users.findAll({ where: { name } }),
      transact: (name) =>
        sequelize.transaction((transaction) => users.update({ name }, { where: { name }, transaction })),
      fail: () => sequelize.query('SELECT * FROM missing'),
      close: () => sequelize.close(),
    };
  },
};

describeWith('postgres')('over pg', () => {
  let service: Service;
  let tracer: Tracer;
  let exporter: InMemoryExporter;
  beforeAll(async () => {
    service = await startPostgres();
    const client = new pg.Client(service.url);
    await client.connect();
    await client.query(`
      CREATE TABLE users (id int PRIMARY KEY, name text);
      INSERT INTO users SELECT number, 'user ' || number FROM generate_series(0, 19) AS number;
    `);
    await client.end();
    exporter = inMemoryExporter();
    tracer = createTracer({ serviceName: 'shop', exporter });
  });
  afterAll(async () => {
    await service.stop();
    await tracer.shutdown();
  });

  describe.each(Object.keys(orms))('%s', (name) => {
    let orm: Orm;
    beforeAll(async () => {
      orm = await (orms[name] as NonNullable<(typeof orms)[string]>)(service.url);
      // Connections that are made ask for the version, and set the time zone.
      await Promise.all([orm.find('x'), orm.find('x'), orm.find('x')]);
      exporter.reset();
    });
    afterAll(() => orm.close());

    test('each of 20 requests has one span for each statement', async () => {
      await Promise.all(
        users.map((user) =>
          tracer.withSpan(user, async (span) => {
            await orm.find(user);
            expect(activeSpan()).toBe(span);
            await orm.transact(user);
            await orm.fail().catch(() => {});
            expect(activeSpan()).toBe(span);
          }),
        ),
      );
      const spans = await exporter.waitFor(20 * 6);
      expect(JSON.stringify(spans.map(({ attributes }) => attributes))).not.toContain('user ');
      expectTrees(drawSpans(spans));
      exporter.reset();
    });
  });

  test('kysely, found by itself: each of 20 requests has one span for each statement', () => {
    // Kysely is an ES module.
    const node = ['--require=esbuild-register', '--conditions=@waymark/source', join(__dirname, 'kysely-over-pg.mjs')];
    const printed = execFileSync(process.execPath, [...node, service.url], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    expectTrees(JSON.parse(printed));
  });
});

/** The layers begin a transaction in different ways, and some quote names. */
function expectTrees(drawn: readonly string[]): void {
  const lines = drawn.map((line) => line.replaceAll('"', '').toLowerCase());
  const trees = lines.map((line) => line.replace(/^ {2}(begin|start|commit).*/, '  $1').replace('start', 'begin'));
  expect(
    trees
      .join('\n')
      .split(/\n(?=\S)/)
      .sort(),
  ).toEqual(
    users
      .map((user) =>
        [user, '  select users (1)', '  begin', '  update users', '  commit', '  select missing ! 42p01'].join('\n'),
      )
      .sort(),
  );
}

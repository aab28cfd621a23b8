// Query builders and ORMs send their statements through mysql2, which is what is traced: one span for a query, and none of each layer.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { activeSpan, createTracer, type Tracer } from '@waymark/core';
import { traceMysql2 } from '@waymark/core/libraries';
import { type InMemoryExporter, inMemoryExporter } from '@waymark/core/testing';
import { sql as drizzleSql } from 'drizzle-orm';
import { int, mysqlTable, text } from 'drizzle-orm/mysql-core';
import { drizzle } from 'drizzle-orm/mysql2';
import createKnex from 'knex';
import * as mysql from 'mysql2';
import { DataTypes, Sequelize } from 'sequelize';
import { DataSource, EntitySchema } from 'typeorm';
import { describeWith } from '../../services/describe-with.ts';
import { startMariadb } from '../../services/mariadb.ts';
import type { Service } from '../../services/service.ts';
import { drawSpans } from '../draw-spans.ts';

traceMysql2(mysql);

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
    const knex = createKnex({ client: 'mysql2', connection: url, pool: { min: 0, max } });
    return {
      find: async (name) => knex('users').where({ name }),
      transact: (name) => knex.transaction(async (trx) => trx('users').where({ name }).update({ name })),
      fail: async () => knex('missing'),
      close: () => knex.destroy(),
    };
  },
  async drizzle(url) {
    const pool = mysql.createPool({ uri: url, connectionLimit: max });
    const db = drizzle(pool);
    const users = mysqlTable('users', { id: int('id').primaryKey(), name: text('name') });
    return {
      find: async (name) => db.select().from(users).where(drizzleSql`${users.name} = ${name}`),
      transact: (name) =>
        db.transaction((tx) => tx.update(users).set({ name }).where(drizzleSql`${users.name} = ${name}`)),
      fail: async () => db.execute(drizzleSql`SELECT * FROM missing`),
      close: () => pool.promise().end(),
    };
  },
  async typeorm(url) {
    const entity = new EntitySchema<User>({
      name: 'users',
      columns: { id: { type: 'int', primary: true }, name: { type: 'text' } },
    });
    const source = new DataSource({
      type: 'mysql',
      url,
      driver: mysql,
      entities: [entity],
      poolSize: max,
    });
    await source.initialize();
    return {
      find: (name) => source.getRepository(entity).findBy({ name }),
      transact: (name) => source.transaction((manager) => manager.update(entity, { name }, { name })),
      fail: () => source.query('SELECT * FROM missing'),
      close: () => source.destroy(),
    };
  },
  async sequelize(url) {
    const sequelize = new Sequelize(url, { dialectModule: mysql, logging: false, pool: { max } });
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

describeWith('mariadb')('over mysql2', () => {
  let service: Service;
  let tracer: Tracer;
  let exporter: InMemoryExporter;
  beforeAll(async () => {
    service = await startMariadb();
    const connection = mysql.createConnection(service.url).promise();
    await connection.query('CREATE TABLE users (id int PRIMARY KEY, name text)');
    await connection.query("INSERT INTO users SELECT seq, CONCAT('user ', seq) FROM seq_0_to_19");
    await connection.end();
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
      // Connections that are made ask for the version.
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

  test('kysely, found by itself: each of 20 requests has one span for each statement', async () => {
    // Kysely is an ES module.
    const node = ['--require=esbuild-register', '--conditions=@waymark/source'];
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...node,
      join(__dirname, 'kysely-over-mysql2.mjs'),
      service.url,
    ]);
    expectTrees(JSON.parse(stdout));
  });
});

/** The layers begin a transaction in different ways, and some quote names. */
function expectTrees(drawn: readonly string[]): void {
  const lines = drawn.map((line) => line.replaceAll('`', '').toLowerCase());
  const trees = lines.map((line) => line.replace(/^ {2}(begin|start|commit).*/, '  $1').replace('start', 'begin'));
  expect(
    trees
      .join('\n')
      .split(/\n(?=\S)/)
      .sort(),
  ).toEqual(
    users
      .map((user) =>
        [user, '  select users (1)', '  begin', '  update users', '  commit', '  select missing ! 1146'].join('\n'),
      )
      .sort(),
  );
}

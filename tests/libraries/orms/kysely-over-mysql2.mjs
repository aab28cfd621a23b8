// An application with ES modules: Kysely over mysql2, which tracing finds by itself. Prints the spans of 20 requests.
import { createRequire } from 'node:module';
import { Kysely, MysqlDialect, sql } from 'kysely';
import mysql from 'mysql2';

const require = createRequire(import.meta.url);
const { activeSpan, getTracer, withSpan } = require('@waymark/core');
const { inMemoryExporter } = require('@waymark/core/testing');
const { drawSpans } = require('../draw-spans.ts');

const exporter = inMemoryExporter();
getTracer({ serviceName: 'shop', exporter });

const db = new Kysely({
  dialect: new MysqlDialect({ pool: mysql.createPool({ uri: process.argv[2], connectionLimit: 2 }) }),
});

async function handle(user) {
  await withSpan(user, async (span) => {
    await db.selectFrom('users').selectAll().where('name', '=', user).execute();
    await db
      .transaction()
      .execute((trx) => trx.updateTable('users').set({ name: user }).where('name', '=', user).execute());
    await sql`SELECT * FROM missing`.execute(db).catch(() => {});
    if (activeSpan() !== span) throw new Error('another context');
  });
}
await Promise.all(Array.from({ length: 20 }, (_, index) => handle(`user ${index}`)));
await db.destroy();
process.stdout.write(JSON.stringify(drawSpans(exporter.spans)));

/** What traces each library of this group. Loaded when the first of them is found: a service without any does not pay for them. */
import { trace as traceBullmq } from '../bullmq.ts';
import { trace as traceIoredis } from '../ioredis.ts';
import { wrapMariadb } from '../mariadb/trace-mariadb.ts';
import { traceMongodb } from '../mongodb/trace-mongo.ts';
import { traceMongooseModule } from '../mongoose.ts';
import { wrapMysql2 } from '../mysql2/trace-mysql2.ts';
import { wrapPg } from '../pg/trace-pg.ts';
import { wrapPostgres } from '../postgres/trace-postgres.ts';
import { tracePrismaPackage } from '../prisma/trace-prisma.ts';
import { trace as traceRedis } from '../redis.ts';
import { wrapBetterSqlite3 } from '../sqlite/better-sqlite3.ts';
import { wrapNodeSqlite } from '../sqlite/node-sqlite.ts';
import { wrapMssql, wrapTedious } from '../tedious.ts';
import type { Traces } from '../trace.ts';

/** @public Loaded by `require()`, in library-table.ts. */
export const traces: Traces = {
  'better-sqlite3': wrapBetterSqlite3,
  ioredis: traceIoredis,
  iovalkey: traceIoredis,
  mongodb: traceMongodb,
  mongoose: traceMongooseModule,
  mssql: wrapMssql,
  'node:sqlite': wrapNodeSqlite,
  pg: wrapPg,
  tedious: wrapTedious,
  postgres: wrapPostgres,
  mysql2: wrapMysql2,
  redis: traceRedis,
  bullmq: traceBullmq,
  prisma: tracePrismaPackage,
  mariadb: wrapMariadb,
};

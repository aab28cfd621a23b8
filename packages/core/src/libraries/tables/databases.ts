/** Where the exports are that tracing needs of databases, caches and job queues. */
import type { LibraryRow } from '../library-row.ts';

export const databaseRows: readonly LibraryRow[] = [
  {
    name: 'better-sqlite3',
    packageName: 'better-sqlite3',
    files: ['lib/index.js'],
    byHand: 'traceBetterSqlite3(Database)',
  },
  { name: 'ioredis', packageName: 'ioredis', files: ['built/index.js'], byHand: 'traceIoredis(Redis)' },
  { name: 'iovalkey', packageName: 'iovalkey', files: ['built/index.js'], byHand: 'traceIoredis(Redis)' },
  { name: 'mongodb', packageName: 'mongodb', files: ['lib/index.js'], byHand: 'traceMongo(client)' },
  { name: 'mongoose', packageName: 'mongoose', files: ['index.js'], byHand: 'traceMongoose(mongoose)' },
  { name: 'mssql', packageName: 'mssql', files: ['lib/tedious/index.js'], byHand: 'traceMssql(mssql)' },
  { name: 'tedious', packageName: 'tedious', files: ['lib/tedious.js'], byHand: 'traceTedious(tedious)' },
  { name: 'node:sqlite', packageName: 'node:sqlite', isBuiltin: true, byHand: 'traceNodeSqlite(sqlite)' },
  { name: 'pg', packageName: 'pg', files: ['lib/index.js'], byHand: 'tracePg(pg)' },
  {
    name: 'postgres',
    packageName: 'postgres',
    files: ['cjs/src/query.js'],
    modules: ['src/query.js'],
    byHand: 'tracePostgres(sql)',
  },
  { name: 'mysql2', packageName: 'mysql2', files: ['index.js', 'promise.js'], byHand: 'traceMysql2(mysql)' },
  {
    name: 'redis',
    packageName: '@redis/client',
    files: ['dist/index.js', 'dist/lib/client/commands-queue.js'],
    byHand: 'traceRedis(redis)',
  },
  {
    name: 'redis',
    packageName: '@node-redis/client',
    files: ['dist/index.js', 'dist/lib/client/commands-queue.js'],
    byHand: 'traceRedis(redis)',
  },
  {
    name: 'bullmq',
    packageName: 'bullmq',
    files: ['dist/cjs/index.js'],
    modules: ['dist/esm/index.js'],
    byHand: 'traceBullmq(bullmq)',
  },
  { name: 'prisma', packageName: '@prisma/client', byHand: 'tracePrisma()' },
  {
    name: 'mariadb',
    packageName: 'mariadb',
    files: ['promise.js', 'callback.js', 'dist/promise.cjs', 'dist/callback.cjs'],
    modules: ['promise.js', 'callback.js'],
    byHand: 'traceMariadb(mariadb)',
  },
];

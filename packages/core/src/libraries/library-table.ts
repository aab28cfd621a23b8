/** The libraries that are found by themselves, and where in their packages the exports are that tracing needs. */
import type { LibraryName } from '../libraries-option.ts';

export interface LibraryRow {
  readonly name: LibraryName;
  /** The folder in `node_modules`. */
  readonly packageName: string;
  /**
   * CommonJS modules of the package whose exports tracing takes, from the root of the package. Those that are not there, or not
   * loaded, are skipped. Absent: tracing takes nothing, and any loaded file of the package counts.
   */
  readonly files?: readonly string[];
  /** The same for ES modules. They are found only if they load later, on Node 22.15 and later. */
  readonly modules?: readonly string[];
  /** A module of Node. */
  readonly isBuiltin?: boolean;
  /** What to write where the library is not found: in a bundle, or an ES module that was loaded before. */
  readonly byHand: string;
}

export const libraryTable: readonly LibraryRow[] = [
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

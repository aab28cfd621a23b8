/** The options of databases, caches and job queues. */
import { commonDefaults, type DefaultsOf, type LibraryOptions } from './library-options.ts';

/** Options of a library that sends SQL. */
export interface SqlLibraryOptions extends LibraryOptions {
  /** Whether `db.query.text` is recorded, without its literals. Default `true`. */
  readonly queryText?: boolean | undefined;
  /** Whether the values of a statement's parameters are recorded, as `db.query.parameter.<n>`. They may be secret. Default `false`. */
  readonly queryParameters?: boolean | undefined;
}

/** Options of a Redis client. */
export interface RedisLibraryOptions extends LibraryOptions {
  /** Whether `db.query.text` is recorded: the command with its keys, and `?` in place of values. Default `true`. */
  readonly queryText?: boolean | undefined;
}

/** Options of Mongoose. */
export interface MongooseLibraryOptions extends LibraryOptions {
  /** Whether an operation of Mongoose (9.7 and later) has a span above those of its commands. Default `false`. */
  readonly operations?: boolean | undefined;
}

/** Options of Prisma. */
export interface PrismaLibraryOptions extends LibraryOptions {
  /** Whether `db.query.text` is recorded, without its literals. Default `true`. */
  readonly queryText?: boolean | undefined;
}

/** Options of BullMQ. */
export interface BullmqLibraryOptions extends LibraryOptions {
  /** Whether the processing of a job starts a trace with a link to the span that added the job. Default `false`: it continues that trace. */
  readonly newTracePerJob?: boolean | undefined;
}

/** Databases, caches and job queues. */
export interface DatabaseOptionsByLibrary {
  /** PostgreSQL by `pg` (node-postgres), and what is built on it. */
  readonly pg?: boolean | SqlLibraryOptions | undefined;
  /** PostgreSQL by Postgres.js. */
  readonly postgres?: boolean | SqlLibraryOptions | undefined;
  /** MySQL and MariaDB by `mysql2`. */
  readonly mysql2?: boolean | SqlLibraryOptions | undefined;
  /** MariaDB and MySQL by `mariadb`. */
  readonly mariadb?: boolean | SqlLibraryOptions | undefined;
  /** SQLite by `better-sqlite3`. */
  readonly 'better-sqlite3'?: boolean | SqlLibraryOptions | undefined;
  /** SQLite by Node itself. */
  readonly 'node:sqlite'?: boolean | SqlLibraryOptions | undefined;
  /** SQL Server by `mssql`. */
  readonly mssql?: boolean | SqlLibraryOptions | undefined;
  /** SQL Server by `tedious`. */
  readonly tedious?: boolean | SqlLibraryOptions | undefined;
  /** Prisma's client. */
  readonly prisma?: boolean | PrismaLibraryOptions | undefined;
  /** MongoDB by its driver. */
  readonly mongodb?: boolean | LibraryOptions | undefined;
  /** Mongoose, whose commands the driver sends. */
  readonly mongoose?: boolean | MongooseLibraryOptions | undefined;
  /** Redis by `ioredis`. */
  readonly ioredis?: boolean | RedisLibraryOptions | undefined;
  /** Valkey by `iovalkey`. */
  readonly iovalkey?: boolean | RedisLibraryOptions | undefined;
  /** Redis by `redis` (node-redis). */
  readonly redis?: boolean | RedisLibraryOptions | undefined;
  /** Job queues by BullMQ. */
  readonly bullmq?: boolean | BullmqLibraryOptions | undefined;
}

const sql = { ...commonDefaults, queryText: true, queryParameters: false };
const redis = { ...commonDefaults, queryText: true };

export const databaseDefaults: DefaultsOf<DatabaseOptionsByLibrary> = {
  pg: sql,
  postgres: sql,
  mysql2: sql,
  mariadb: sql,
  'better-sqlite3': sql,
  'node:sqlite': sql,
  mssql: sql,
  tedious: sql,
  prisma: { ...commonDefaults, queryText: true },
  mongodb: commonDefaults,
  mongoose: { ...commonDefaults, operations: false },
  ioredis: redis,
  iovalkey: redis,
  redis,
  bullmq: { ...commonDefaults, newTracePerJob: false },
};

// A tracer, a database and a traced mariadb for the tests in this folder.
import { createTracer, type Tracer } from '@waymark/core';
import { traceMariadb } from '@waymark/core/libraries';
import { type InMemoryExporter, inMemoryExporter } from '@waymark/core/testing';
import type mariadb from 'mariadb';
import type callbacks from 'mariadb/callback';
import { startMariadb } from '../../services/mariadb.ts';
import { drawSpans } from '../draw-spans.ts';

export type Mariadb = typeof mariadb;
export type MariadbCallbacks = typeof callbacks;

/** The newest version and the oldest that is traced, by the names of their packages. */
export const versions = ['mariadb', 'mariadb32'] as const;

export function loadMariadb(name: (typeof versions)[number]): Mariadb {
  return traceMariadb(require(name) as Mariadb);
}

export function loadCallbacks(name: (typeof versions)[number]): MariadbCallbacks {
  return traceMariadb(require(`${name}/callback`) as MariadbCallbacks);
}

export interface Setup {
  readonly tracer: Tracer;
  readonly exporter: InMemoryExporter;
  readonly account: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
    readonly database: string;
  };
  /** Waits for the spans of a test, and draws them. */
  draw(count: number): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** Starts MariaDB with a table `users` of three rows. */
export async function setUp(): Promise<Setup> {
  const { host, port, user, password, database, stop } = await startMariadb();
  const account = { host, port, user, password, database };
  const exporter = inMemoryExporter();
  const tracer = createTracer({ serviceName: 'shop', exporter });
  const connection = await (require('mariadb') as Mariadb).createConnection(account);
  await connection.query('CREATE TABLE users (id int PRIMARY KEY, name text)');
  await connection.query("INSERT INTO users VALUES (1, 'ada'), (2, 'bob'), (3, 'cy')");
  await connection.end();
  return {
    tracer,
    exporter,
    account,
    async draw(count) {
      const lines = drawSpans(await exporter.waitFor(count));
      exporter.reset();
      return lines;
    },
    async stop() {
      await stop();
      await tracer.shutdown();
    },
  };
}

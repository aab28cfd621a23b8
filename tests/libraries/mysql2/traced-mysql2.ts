// A tracer, a database and a traced mysql2 for the tests in this folder.
import { createTracer, type Tracer } from '@waymark/core';
import { traceMysql2 } from '@waymark/core/libraries';
import { type InMemoryExporter, inMemoryExporter } from '@waymark/core/testing';
import type mysql from 'mysql2';
import type promises from 'mysql2/promise';
import { startMariadb } from '../../services/mariadb.ts';
import type { Service } from '../../services/service.ts';
import { drawSpans } from '../draw-spans.ts';

export type Mysql2 = typeof mysql;
export type Mysql2Promises = typeof promises;

/** The newest version, the last without channels, and the oldest, by the names of their packages. */
export const versions = ['mysql2', 'mysql2-319', 'mysql2-30'] as const;

export function loadMysql2(name: (typeof versions)[number]): Mysql2 {
  return traceMysql2(require(name) as Mysql2);
}

/** Traces by the exports of the promise API alone. */
export function loadPromises(name: (typeof versions)[number]): Mysql2Promises {
  return traceMysql2(require(`${name}/promise`) as Mysql2Promises);
}

export interface Setup {
  readonly service: Service;
  readonly tracer: Tracer;
  readonly exporter: InMemoryExporter;
  /** For `createPool()` and `createConnection()`. */
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
  const service = await startMariadb();
  const exporter = inMemoryExporter();
  const tracer = createTracer({ serviceName: 'shop', exporter });
  const { host, port, user, password, database } = service;
  const account = { host, port, user, password, database };
  const connection = await (require('mysql2/promise') as Mysql2Promises).createConnection(account);
  await connection.query('CREATE TABLE users (id int PRIMARY KEY, name text)');
  await connection.query("INSERT INTO users VALUES (1, 'ada'), (2, 'bob'), (3, 'cy')");
  await connection.end();
  return {
    service,
    tracer,
    exporter,
    account,
    async draw(count) {
      const lines = drawSpans(await exporter.waitFor(count));
      exporter.reset();
      return lines;
    },
    async stop() {
      await service.stop();
      await tracer.shutdown();
    },
  };
}

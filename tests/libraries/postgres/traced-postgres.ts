// A tracer and a database for the tests in this folder.
import { createTracer, type Tracer } from '@waymark/core';
import { type InMemoryExporter, inMemoryExporter } from '@waymark/core/testing';
import type postgres from 'postgres';
import { startPostgres } from '../../services/postgres.ts';
import type { Service } from '../../services/service.ts';
import { drawSpans } from '../draw-spans.ts';

export type Postgres = typeof postgres;
export type Sql = postgres.Sql;

/** The newest and the oldest version, by the names of their packages. */
export const versions = ['postgres', 'postgres30'] as const;

export function loadPostgres(name: (typeof versions)[number]): Postgres {
  return require(name) as Postgres;
}

export interface Setup {
  readonly service: Service;
  readonly tracer: Tracer;
  readonly exporter: InMemoryExporter;
  /** Waits for the spans of a test, and draws them. */
  draw(count: number): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** Starts PostgreSQL with a table `users` of three rows. */
export async function setUp(): Promise<Setup> {
  const service = await startPostgres();
  const exporter = inMemoryExporter();
  const tracer = createTracer({ serviceName: 'shop', exporter });
  const sql = loadPostgres('postgres')(service.url, { max: 1 });
  await sql.unsafe(`
    CREATE TABLE users (id int PRIMARY KEY, name text);
    INSERT INTO users VALUES (1, 'ada'), (2, 'bob'), (3, 'cy');
  `);
  await sql.end();
  return {
    service,
    tracer,
    exporter,
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

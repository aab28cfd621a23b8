// A tracer, a database and a traced pg for the tests in this folder.
import { createTracer, type Tracer } from '@waymark/core';
import { tracePg } from '@waymark/core/libraries';
import { type InMemoryExporter, inMemoryExporter } from '@waymark/core/testing';
import type pg from 'pg';
import { startPostgres } from '../../services/postgres.ts';
import type { Service } from '../../services/service.ts';
import { drawSpans } from '../draw-spans.ts';

export type Pg = typeof pg;

/** The oldest and the newest version, by the names of their packages. */
export const versions = ['pg', 'pg80'] as const;

export function loadPg(name: (typeof versions)[number]): Pg {
  return tracePg(require(name) as Pg);
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
  const { Client } = require('pg') as Pg;
  const client = new Client(service.url);
  await client.connect();
  await client.query(`
    CREATE TABLE users (id int PRIMARY KEY, name text);
    INSERT INTO users VALUES (1, 'ada'), (2, 'bob'), (3, 'cy');
  `);
  await client.end();
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

// Prints the spans of a mariadb that is loaded in one of three ways: node program.mjs required|imported|given
import { createRequire } from 'node:module';
import { getTracer } from '@waymark/core';
import { traceMariadb } from '@waymark/core/libraries';
import { inMemoryExporter } from '@waymark/core/testing';

const [, , way] = process.argv;
const account = JSON.parse(process.env.ACCOUNT);
const exporter = inMemoryExporter();

const required = way === 'required' ? createRequire(import.meta.url)('mariadb') : undefined;
const tracer = getTracer({ serviceName: 'shop', exporter, logLevel: 'none' });
const mariadb = required ?? (await import('mariadb')).default;
if (way === 'given') traceMariadb(mariadb);
else await new Promise((resolve) => setImmediate(resolve));

const connection = await mariadb.createConnection(account);
const pool = mariadb.createPool({ ...account, connectionLimit: 1 });
await Promise.all(
  ['first', 'second'].map((name) =>
    tracer.withSpan(name, async () => {
      await pool.query('SELECT * FROM users');
      await connection.query('SELECT 1');
    }),
  ),
);
await connection.end();
await pool.end();
const names = new Map(exporter.spans.map(({ spanId, name }) => [spanId, name]));
const lines = exporter.spans.map(({ name, parentSpanId }) => `${names.get(parentSpanId) ?? '-'} ${name}`);
console.log(lines.sort().join('\n'));

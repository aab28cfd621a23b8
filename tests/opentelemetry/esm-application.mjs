// An application of ES modules, which start-scenarios.ts does not run: it sends its spans back. `hook.mjs` lets instrumentations patch what is
// imported; the imports of what they patch have to come later.
import { register } from 'node:module';

register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);

const api = await import('@opentelemetry/api');
const { registerInstrumentations } = await import('@opentelemetry/instrumentation');
const { PgInstrumentation } = await import('@opentelemetry/instrumentation-pg');
const { activeSpan, getTracer, withSpan } = await import('@waymark/core');
const { bridgeOpenTelemetry } = await import('@waymark/core/opentelemetry');
const { inMemoryExporter } = await import('@waymark/core/testing');

const exporter = inMemoryExporter();
getTracer({ exporter, libraries: false, logLevel: 'none', flushOnExit: false, env: {} });
const { isRegistered } = bridgeOpenTelemetry(api);
registerInstrumentations({ instrumentations: [new PgInstrumentation()] });

const { default: pg } = await import('pg');
const pool = new pg.Pool({ ...JSON.parse(process.argv[2]), max: 1 });
(await pool.connect()).release();

const tracer = api.trace.getTracer('shop', '1.0.0');
const items = async function* () {
  for (const id of [1, 2]) yield (await pool.query(`SELECT ${id}`)).rows;
};
let isSame = false;
await Promise.all(
  ['a', 'b'].map((name) =>
    withSpan(`request ${name}`, { kind: 'server' }, async () => {
      await tracer.startActiveSpan(`items ${name}`, async (span) => {
        isSame = activeSpan() === span && api.trace.getActiveSpan() === span;
        for await (const _ of items()) tracer.startSpan('item').end();
        span.end();
      });
    }),
  ),
);
await pool.end();
process.send({ isRegistered, isSame, spans: exporter.spans }, () => process.exit(0));

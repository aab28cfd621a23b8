// Rejections that the application does not handle: Node reports each. Prints what it reports, and the spans.
const { Client, Pool } = require('pg');
const { getTracer, withSpan } = require('@waymark/core');
const { inMemoryExporter } = require('@waymark/core/testing');
const { drawSpans } = require('../draw-spans.ts');

const exporter = inMemoryExporter();
getTracer({ serviceName: 'shop', exporter });
const reported = [];
process.on('unhandledRejection', ({ message, code }) => {
  reported.push(code === 'ECONNREFUSED' ? code : message);
  if (reported.length === 5) finish();
});

const pool = new Pool({ connectionString: process.argv[2] });
const nowhere = { host: '127.0.0.1', port: 1, database: 'shop', user: 'waymark' };
const poolOfNowhere = new Pool(nowhere);
withSpan('request', () => {
  pool.query('SELECT * FROM missing');
  pool.connect().then((client) => {
    client.query('SELECT * FROM absent');
    client.release();
  });
  poolOfNowhere.query('SELECT 1');
  poolOfNowhere.connect();
  new Client(nowhere).connect();
});

async function finish() {
  await pool.end();
  process.stdout.write(JSON.stringify([reported.sort(), drawSpans(exporter.spans)]));
}

// Traces what is loaded, with nothing to write. Prints the names of the spans: node automatic.cjs <package> <entry>
const [, , name, entry] = process.argv;
const account = JSON.parse(process.env.ACCOUNT);

const promises = require(entry === 'promise' ? `${name}/promise` : name);
const { getTracer } = require('@waymark/core');
const { inMemoryExporter } = require('@waymark/core/testing');

async function run() {
  const exporter = inMemoryExporter();
  const tracer = getTracer({ serviceName: 'shop', exporter, logLevel: 'none' });
  const [pool, connection] =
    entry === 'promise'
      ? [promises.createPool({ ...account, connectionLimit: 1 }), await promises.createConnection(account)]
      : [
          promises.createPool({ ...account, connectionLimit: 1 }).promise(),
          promises.createConnection(account).promise(),
        ];
  await Promise.all(
    ['first', 'second', 'third'].map((request) =>
      tracer.withSpan(request, async () => {
        await pool.query('SELECT * FROM users');
        await connection.execute('SELECT * FROM users WHERE id = ?', [1]);
      }),
    ),
  );
  await pool.end();
  await connection.end();
  const parents = new Map(exporter.spans.map(({ spanId, name: parent }) => [spanId, parent]));
  const lines = exporter.spans.map(({ name: span, parentSpanId, attributes }) =>
    [parents.get(parentSpanId) ?? '-', span, attributes['db.response.returned_rows'] ?? ''].join(' '),
  );
  console.log(lines.sort().join('\n'));
  console.log(/libraries\.mysql2.*/.exec(tracer.describeSettings())?.[0].replace(/ +/g, ' '));
}
run();

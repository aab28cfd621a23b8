// A statement without a callback fails, and nothing listens. Prints what becomes of it: node unheard.cjs <package> <method> <traced>
const [, , name, method, traced] = process.argv;
const account = JSON.parse(process.env.ACCOUNT);

let tracer = { withSpan: (_name, fn) => fn() };
if (traced === 'traced') {
  const { createTracer } = require('@waymark/core');
  const { traceMysql2 } = require('@waymark/core/libraries');
  const { inMemoryExporter } = require('@waymark/core/testing');
  tracer = createTracer({ serviceName: 'shop', exporter: inMemoryExporter(), logLevel: 'none' });
  traceMysql2(require(name));
}
const connection = require(name).createConnection(account);
process.on('uncaughtException', ({ code }) => {
  console.log('uncaught', code);
  process.exit();
});
connection.on('connect', () => {
  tracer.withSpan('request', () => {
    connection[method]('SELECT * FROM missing');
  });
  connection.query('SELECT 1 AS one', (error, rows) => {
    console.log(error ? `then ${error.code}` : `then ${JSON.stringify(rows)}`);
    connection.query('SELECT 1', (last) => {
      console.log('last', last?.message);
      process.exit();
    });
  });
});

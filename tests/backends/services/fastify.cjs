// A service traced by Waymark, on Fastify: like opentelemetry-js.mjs.
const { fastify } = require('fastify');
const { otlpExporter } = require('@waymark/core/otlp');
const { tracing } = require('@waymark/fastify');

const [, , serviceName, format, url, next] = process.argv;
const exporter = otlpExporter({ url, batch: { scheduleDelayMs: 20 } });

async function start() {
  const app = fastify();
  await app.register(tracing, {
    serviceName,
    exporter,
    propagators: [format === 'w3c' ? 'tracecontext' : format, 'baggage'],
  });
  app.get('/call', async (request) =>
    next === undefined ? JSON.stringify(request.headers) : await (await fetch(next)).text(),
  );
  await app.listen({ host: '127.0.0.1', port: 0 });
  console.log(app.server.address().port);
}

start();

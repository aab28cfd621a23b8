// A service traced by Waymark, on Express: like opentelemetry-js.mjs.
const express = require('express');
const { otlpExporter } = require('@waymark/core/otlp');
const { tracing } = require('@waymark/express');

const [, , serviceName, format, url, next] = process.argv;
const exporter = otlpExporter({ url, batch: { scheduleDelayMs: 20 } });
const app = express();
app.use(tracing({ serviceName, exporter, propagators: [format === 'w3c' ? 'tracecontext' : format, 'baggage'] }));
app.get('/call', async (request, response) => {
  response.send(next === undefined ? JSON.stringify(request.headers) : await (await fetch(next)).text());
});
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));

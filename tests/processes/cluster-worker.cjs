// A worker of a cluster that makes a span and keeps serving until its primary ends it.
const { createServer } = require('node:http');
const { createTracer } = require('@waymark/core');
const { otlpExporter } = require('@waymark/core/otlp');

const tracer = createTracer({ serviceName: 'worker', exporter: otlpExporter({ url: process.env.RECEIVER }) });
createServer().listen(0, '127.0.0.1', () => {
  tracer.startSpan('of the worker').end();
  process.send('ready');
});

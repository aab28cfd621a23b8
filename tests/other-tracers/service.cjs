// `node service.cjs <tracer> <folder of its packages> <keep | replace | default> <next service>`: a service on Express with another tracer
// in its process, that calls the next one by fetch and by node:http. It prints its port, and answers /spans with its spans.
const { createRequire } = require('node:module');
const { join } = require('node:path');

const [, , tracer, folder, choice, next] = process.argv;
const requireTracer = createRequire(join(folder, 'index.js'));
const nowhere = 'http://127.0.0.1:1';

/** Starts the tracer first of all, as its documentation says. Its spans are not sent anywhere. */
const starts = {
  'dd-trace': () => requireTracer('dd-trace').init({ url: nowhere, startupLogs: false }),
  '@opentelemetry/auto-instrumentations-node'() {
    const settings = {
      OTEL_EXPORTER_OTLP_ENDPOINT: nowhere,
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_NODE_RESOURCE_DETECTORS: 'none',
    };
    Object.assign(process.env, settings);
    requireTracer('@opentelemetry/auto-instrumentations-node/register');
    delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  },
  // It writes headers after its collector has answered, or without a collector in serverless mode.
  newrelic() {
    const settings = {
      NEW_RELIC_NO_CONFIG_FILE: 'true',
      NEW_RELIC_APP_NAME: 'service',
      NEW_RELIC_SERVERLESS_MODE_ENABLED: 'true',
      NEW_RELIC_ACCOUNT_ID: '1',
      NEW_RELIC_TRUSTED_ACCOUNT_KEY: '1',
      NEW_RELIC_PRIMARY_APPLICATION_ID: '2',
      NEW_RELIC_LOG_ENABLED: 'false',
    };
    Object.assign(process.env, settings);
    requireTracer('newrelic');
  },
  'elastic-apm-node': () =>
    requireTracer('elastic-apm-node').start({ serviceName: 'service', disableSend: true, logLevel: 'off' }),
  '@sentry/node': () => requireTracer('@sentry/node').init({ dsn: 'http://key@127.0.0.1:1/1', tracesSampleRate: 1 }),
  '@sentry/node with propagateTraceparent': () =>
    requireTracer('@sentry/node').init({
      dsn: 'http://key@127.0.0.1:1/1',
      tracesSampleRate: 1,
      propagateTraceparent: true,
    }),
};
starts[tracer]();

const http = require('node:http');
const express = require('express');
const { inMemoryExporter } = require('@waymark/core/testing');
const { tracing } = require('@waymark/express');

const lines = [];
const exporter = inMemoryExporter();
const app = express();
app.use(
  tracing({
    serviceName: 'service',
    exporter,
    ignore: '/spans',
    log: (line) => lines.push(line),
    ...(choice !== 'default' && { existingTraceHeaders: choice }),
  }),
);
app.get('/call', async (_request, response) => {
  await (await fetch(`${next}/fetch`)).text();
  await new Promise((resolve, reject) => {
    http.get(`${next}/http`, (answer) => answer.resume().on('end', resolve)).on('error', reject);
  });
  response.send('called');
});
app.get('/spans', (_request, response) => response.json({ spans: exporter.spans, lines }));
const server = app.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));

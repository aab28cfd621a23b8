// Prints whether the API leads to Waymark, and whether the instrumentation has replaced the method that makes a query builder.
const api = require('@opentelemetry/api');
const knex = require('knex');
const { activeSpan, getTracer } = require('@waymark/core');
const { inMemoryExporter } = require('@waymark/core/testing');

const exporter = inMemoryExporter();
getTracer({ serviceName: 'app', exporter, env: {}, logLevel: 'none', flushOnExit: false });
const isSame = api.trace.getTracer('app', '1.0.0').startActiveSpan('step', (span) => {
  const same = api.trace.getActiveSpan() === activeSpan();
  span.end();
  return same;
});
const [{ name, scope }] = exporter.spans;
const isInstrumented = knex.Client.prototype.queryBuilder.__wrapped === true;
console.log(JSON.stringify({ isSame, name, scope: { name: scope.name, version: scope.version }, isInstrumented }));

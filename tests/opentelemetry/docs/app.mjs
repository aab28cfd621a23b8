// Prints whether the API leads to Waymark, and whether the instrumentation has replaced the method that makes a query builder.
import * as api from '@opentelemetry/api';
import { activeSpan, getTracer } from '@waymark/core';
import { inMemoryExporter } from '@waymark/core/testing';
import knex from 'knex';

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

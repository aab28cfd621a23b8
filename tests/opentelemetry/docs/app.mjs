// Prints whether the API leads to Waymark, and whether the instrumentation has replaced the method that makes a producer.
import * as api from '@opentelemetry/api';
import { activeSpan, getTracer } from '@waymark/core';
import { inMemoryExporter } from '@waymark/core/testing';
import { Kafka } from 'kafkajs';

const exporter = inMemoryExporter();
getTracer({ serviceName: 'app', exporter, env: {}, logLevel: 'none', flushOnExit: false });
const isSame = api.trace.getTracer('app', '1.0.0').startActiveSpan('step', (span) => {
  const same = api.trace.getActiveSpan() === activeSpan();
  span.end();
  return same;
});
const [{ name, scope }] = exporter.spans;
const isInstrumented = Kafka.prototype.producer.__wrapped === true;
console.log(JSON.stringify({ isSame, name, scope: { name: scope.name, version: scope.version }, isInstrumented }));

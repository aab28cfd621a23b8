// Waymark, with its spans in memory.
'use strict';
const { getTracer } = require('@waymark/core');
const { inMemoryExporter } = require('@waymark/core/testing');

const exporter = inMemoryExporter();
getTracer({ serviceName: 'shop', exporter, env: {}, logLevel: 'none', flushOnExit: false });

exports.finish = async () =>
  exporter.spans.map(({ name, spanId, parentSpanId, traceId, kind, status, attributes, events }) => ({
    ...{ name, spanId, parentSpanId, traceId, kind, attributes },
    hasFailed: status.code === 'error',
    events: events.map((event) => event.name),
  }));

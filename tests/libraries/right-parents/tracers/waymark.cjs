// Waymark as its README has it: nothing is said of the libraries. It exports JSON, or protobuf.
'use strict';
const { getTracer, withSpan } = require('@waymark/core');
const { otlpExporter } = require('@waymark/core/otlp');
const { tracing } = require('@waymark/express');

module.exports = ({ receiver, format = 'json' }) => {
  const tracer = getTracer({
    serviceName: 'shop',
    exporter: otlpExporter({ url: `${receiver}/v1/traces`, protocol: `http/${format}` }),
    logLevel: 'warn',
    env: {},
  });
  return {
    express: (app) => app.use(tracing({ tracer })),
    inSpan: withSpan,
    flush: () => tracer.flush(),
    finish: () => tracer.shutdown(),
  };
};

// Waymark, as its README has it. Modes: `one-percent`, `everything`, `no-libraries`; `unsampled` and `unexported`, which are parts of it.
'use strict';
const { createRequire } = require('node:module');
const { join } = require('node:path');

module.exports = ({ mode, sink, scratch, checkout }) => {
  // The build of another checkout, to compare a change with the code before it.
  const load = (name, folder) => (checkout ? createRequire(join(checkout, folder, 'index.js'))(name) : require(name));
  const core = load('@waymark/core', 'packages/core');
  const { otlpExporter } = load('@waymark/core/otlp', 'packages/core');

  const tracer = core.createTracer({
    serviceName: 'bench',
    exporter:
      mode === 'unexported'
        ? { name: 'none', export() {}, stats: () => ({ exported: 0, waiting: 0, dropped: {} }) }
        : otlpExporter({
            url: `${sink}/v1/traces`,
            ...(mode === 'everything' && { spool: { directory: scratch } }),
          }),
    logLevel: 'none',
    env: {},
    ...(mode === 'no-libraries' && { libraries: false }),
    ...(mode === 'unsampled' && { sampler: core.alwaysOffSampler() }),
    ...(mode === 'one-percent' && { sampler: core.parentBasedSampler({ root: core.traceIdRatioSampler(0.01) }) }),
    ...(mode === 'everything' && { propagators: ['tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger'] }),
  });
  const options = {
    tracer,
    ...(mode === 'everything' && {
      responseHeaders: ['traceresponse', 'server-timing'],
      captureHeaders: { request: ['host', 'user-agent'], response: ['content-type', 'content-length'] },
    }),
  };
  return {
    express(app) {
      app.use(load('@waymark/express', 'packages/express').tracing(options));
      if (mode === 'everything') app.use(withBaggage);
    },
    async fastify(app) {
      await app.register(load('@waymark/fastify', 'packages/fastify').tracing, options);
      if (mode === 'everything') app.addHook('onRequest', withBaggage);
    },
    inSpan: core.withSpan,
    flush: () => tracer.flush(),
  };

  function withBaggage(_request, _response, next) {
    core.setBaggage('tenant', 'acme');
    next();
  }
};

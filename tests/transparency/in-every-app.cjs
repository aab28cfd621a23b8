// @ts-check
// Loaded by `--require` before the tests of Express, Fastify or undici: adds tracing, or a no-op, to every
// app that they make. The files of the checkout are not changed.
const { subscribe } = require('node:diagnostics_channel');
const { appendFileSync } = require('node:fs');
const { Module } = require('node:module');

/**
 * @typedef {object} Task
 * @property {'express' | 'fastify' | 'undici'} project
 * @property {string} checkout
 * @property {'no-op' | 'tracing'} way
 * @property {string} report Each process appends a line: the number of requests, and the faults that tracing counted.
 */

/** @type {Task} */
const { project, checkout, way, report } = JSON.parse(process.env.WAYMARK_TRANSPARENCY ?? '{}');
let requests = 0;

// Loaded for the no-op too, so that both take equally long to start: a test of undici's timers depends on its starting time.
const { createTracer } = require('@waymark/core');
const { createHttpTracing } = require('@waymark/core/http');
const { tracing: expressTracing } = require('@waymark/express');
const { tracing: fastifyTracing } = require('@waymark/fastify');

const tracer = way === 'tracing' ? startTracing() : undefined;
({ express: enterExpress, fastify: enterFastify, undici: enterUndici })[project]();
process.on('exit', () => {
  appendFileSync(report, `${JSON.stringify({ requests, faults: tracer?.stats().diagnostics ?? {} })}\n`);
});

/** Also makes spans for outbound calls, but adds no headers: tests that print the received headers would see them. */
function startTracing() {
  const kind = project === 'undici' ? 'client' : 'server';
  const exporter = {
    name: 'counting',
    export: (/** @type {{ kind: string }} */ span) => void (span.kind === kind && requests++),
    stats: () => ({ exported: requests, waiting: 0, dropped: {} }),
  };
  const tracer = createTracer({ env: {}, exporter });
  createHttpTracing({ tracer, propagateTo: [] });
  return tracer;
}

function enterExpress() {
  /** @param {object} _request @param {object} _response @param {() => void} next */
  const countAndGoOn = (_request, _response, next) => {
    requests++;
    next();
  };
  const middleware = tracer ? expressTracing({ tracer }) : countAndGoOn;
  replaceExports(`${checkout}/lib/express.js`, (express) => {
    const createApplication = () => useFirst(express(), middleware);
    return Object.assign(createApplication, express);
  });
}

/**
 * Adds the middleware as soon as the app makes its router, before those of the test. Not earlier: a router keeps the
 * settings that the app has when it is made.
 *
 * @param {any} app @param {unknown} middleware
 */
function useFirst(app, middleware) {
  const { lazyrouter } = app;
  if (typeof lazyrouter === 'function') {
    app.lazyrouter = () => {
      const isNew = app._router === undefined;
      lazyrouter.call(app);
      if (isNew) app.use(middleware);
    };
    return app;
  }
  const { get, ...descriptor } = Object.getOwnPropertyDescriptor(app, 'router') ?? {};
  let isNew = true;
  const getRouter = () => {
    const router = get?.call(app);
    if (isNew) {
      isNew = false;
      router.use(middleware);
    }
    return router;
  };
  return Object.defineProperty(app, 'router', { ...descriptor, get: getRouter });
}

function enterFastify() {
  /** @typedef {() => void} Next */
  /** @param {unknown} _request @param {unknown} _reply @param {Next} next */
  const countAndGoOn = (_request, _reply, next) => {
    requests++;
    next();
  };
  /** @param {unknown} _request @param {unknown} _reply @param {Next} next */
  const goOn = (_request, _reply, next) => next();
  /** @param {unknown} _request @param {unknown} _reply @param {Error} _error @param {Next} next */
  const goOnWithError = (_request, _reply, _error, next) => next();
  /** @param {any} instance */
  const addNoOp = async (instance) => {
    // The same hooks as our plugin has, since some tests count an app's hooks.
    instance.addHook('onRequest', countAndGoOn);
    instance.addHook('preValidation', goOn);
    instance.addHook('onError', goOnWithError);
  };
  // As `fastify-plugin` does: the hooks apply to the app, not to an inner scope.
  Object.defineProperty(addNoOp, Symbol.for('skip-override'), { value: true });
  const plugin = tracer ? fastifyTracing : addNoOp;
  replaceExports(`${checkout}/fastify.js`, (original) => {
    /** @param {unknown[]} args */
    function fastify(...args) {
      const instance = original(...args);
      instance.register(plugin, tracer ? { tracer } : {});
      return instance;
    }
    return Object.assign(fastify, original, { fastify, default: fastify });
  });
}

function enterUndici() {
  if (tracer) return;
  // The channels that tracing listens to: a listener is enough to change what undici does.
  subscribe('undici:request:create', () => void requests++);
  for (const name of ['request:headers', 'request:error', 'client:sendHeaders']) subscribe(`undici:${name}`, () => {});
}

/**
 * Replaces the exports of `file` each time it is loaded: some tests load it again, with other dependencies.
 *
 * @param {string} file @param {(exports: any) => unknown} replace
 */
function replaceExports(file, replace) {
  const { '.js': load } = Module._extensions;
  Module._extensions['.js'] = (module, filename) => {
    load(module, filename);
    if (filename === file) module.exports = replace(module.exports);
  };
}

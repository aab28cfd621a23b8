// One side of the comparison, in a process of its own, because only one tracer can own OpenTelemetry's API in a process:
// `side.cjs <waymark | bridge | opentelemetry>`. Each message `{ name, operations }` is answered by the nanoseconds of an operation.
'use strict';
const core = require('@waymark/core');
const { encodingExporter } = require('../micro/encoding-exporter.cjs');
const { requirePeer } = require('../peers/require-peer.cjs');

const batchSize = 512;
let consumed = 0;
let endedCount = 0;
function consume(value) {
  consumed += value.length;
}

const attributes = {
  'db.system.name': 'postgresql',
  'db.query.text': 'SELECT id, name FROM users WHERE id = $1',
  'server.address': 'db.example.com',
  'server.port': 5432,
};
const names = ['active', 'started', 'carried'];

const sides = {
  /** As code that knows Waymark writes it. */
  waymark() {
    const tracer = waymarkTracer();
    const child = { attributes };
    return {
      around: (run) => tracer.withSpan('GET /users/:id', run),
      active: () => tracer.withSpan('query', child, touch),
      started: () => tracer.startSpan('query', child).end(),
      carried() {
        const span = tracer.startSpan('query', child);
        core.withContext(core.contextWith(span), nothing);
        span.end();
      },
    };
  },
  /** As instrumentations write it, with Waymark behind it. */
  bridge() {
    const api = requirePeer('opentelemetry', '@opentelemetry/api');
    const { bridgeOpenTelemetry } = require('@waymark/core/opentelemetry');
    bridgeOpenTelemetry(api, { tracer: waymarkTracer() });
    return byApi(api);
  },
  /** The same, with OpenTelemetry's SDK behind it. */
  opentelemetry() {
    const api = requirePeer('opentelemetry', '@opentelemetry/api');
    const { TracerProvider } = requirePeer('opentelemetry', '@opentelemetry/sdk-trace');
    const { AsyncLocalStorageContextManager } = requirePeer('opentelemetry', '@opentelemetry/context-async-hooks');
    const { ProtobufTraceSerializer } = requirePeer('opentelemetry', '@opentelemetry/otlp-transformer');
    const ended = [];
    const encoding = {
      onStart() {},
      onEnd(span) {
        endedCount++;
        if (ended.push(span) === batchSize) consume(ProtobufTraceSerializer.serializeRequest(ended.splice(0)));
      },
      forceFlush: async () => {},
      shutdown: async () => {},
    };
    api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    api.trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [encoding] }));
    return byApi(api);
  },
};

function waymarkTracer() {
  const exporter = encodingExporter(consume, batchSize);
  const counting = {
    ...exporter,
    export(span) {
      endedCount++;
      exporter.export(span);
    },
  };
  return core.createTracer({ serviceName: 'bench', env: {}, logLevel: 'none', exporter: counting });
}

function byApi({ context, trace }) {
  const tracer = trace.getTracer('bench', '1.0.0');
  const child = { kind: 0, attributes };
  return {
    around: (run) =>
      tracer.startActiveSpan('GET /users/:id', (span) => {
        run();
        span.end();
      }),
    active: () => tracer.startActiveSpan('query', child, touchAndEnd),
    started: () => tracer.startSpan('query', child).end(),
    carried() {
      const span = tracer.startSpan('query', child);
      context.with(trace.setSpan(context.active(), span), nothing);
      span.end();
    },
  };
}

function nothing() {}
function touch(span) {
  span.setAttribute('db.response.returned_rows', 1);
}
function touchAndEnd(span) {
  span.setAttribute('db.response.returned_rows', 1);
  span.end();
}

const side = sides[process.argv[2]]();

process.on('message', ({ name, operations }) => {
  if (!names.includes(name)) throw new Error(`There is no operation ${name}.`);
  const operation = side[name];
  const before = endedCount;
  let nanoseconds = 0;
  side.around(() => {
    const start = process.hrtime.bigint();
    for (let index = 0; index < operations; index++) operation();
    nanoseconds = Number(process.hrtime.bigint() - start) / operations;
  });
  // A side that makes no spans would be quick.
  if (endedCount - before !== operations + 1)
    throw new Error(`${endedCount - before} spans of ${operations + 1} ended.`);
  process.send({ nanoseconds, consumed });
});
process.send('ready');

// Measures small parts of our tracer and of OpenTelemetry's in one process, in turns: `micro.cjs <rounds> <operations> [formats]`. Sends
// the results over IPC. `formats` measures the headers other than W3C's, in a separate process: a getter or setter that has seen many
// names is compiled differently from that of a service.
'use strict';
const core = require('@waymark/core');
const { requirePeer } = require('../peers/require-peer.cjs');
const { ByteWriter, encodingExporter, protobufFormat } = require('./encoding-exporter.cjs');

const api = requirePeer('opentelemetry', '@opentelemetry/api');
const otelCore = requirePeer('opentelemetry', '@opentelemetry/core');
const sdk = requirePeer('opentelemetry', '@opentelemetry/sdk-trace');
const { AsyncLocalStorageContextManager } = requirePeer('opentelemetry', '@opentelemetry/context-async-hooks');
const { B3Propagator, B3InjectEncoding } = requirePeer('opentelemetry', '@opentelemetry/propagator-b3');
const { AWSXRayPropagator } = requirePeer('opentelemetry', '@opentelemetry/propagator-aws-xray');
const { ProtobufTraceSerializer } = requirePeer('opentelemetry', '@opentelemetry/otlp-transformer');

const rounds = Number(process.argv[2] ?? 5);
const operations = Number(process.argv[3] ?? 50_000);
const isForFormats = process.argv[4] === 'formats';
const batchSize = 512;

const attributes = {
  'http.request.method': 'GET',
  'url.path': '/users/42',
  'url.scheme': 'https',
  'server.address': 'shop.example.com',
  'server.port': 443,
  'client.address': '203.0.113.9',
  'network.peer.address': '203.0.113.9',
  'network.peer.port': 51_234,
  'network.protocol.version': '1.1',
  'user_agent.original': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36',
  'http.route': '/users/:id',
  'http.response.status_code': 200,
};

let consumed = 0;
let sampledCount = 0;
function consume(value) {
  consumed += value.length;
}

const shared = { serviceName: 'bench', env: {}, logLevel: 'none', propagators: ['tracecontext'] };
const tracer = core.createTracer({ ...shared, exporter: encodingExporter(consume, batchSize) });
const silent = core.createTracer({
  ...shared,
  exporter: [],
  sampler: core.parentBasedSampler({ root: core.alwaysOffSampler() }),
});
const withBaggage = core.createTracer({ ...shared, exporter: [], propagators: ['baggage'] });

api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const ended = [];
const provider = new sdk.TracerProvider({
  spanProcessors: [
    {
      onStart() {},
      onEnd(span) {
        if (ended.push(span) === batchSize) consume(ProtobufTraceSerializer.serializeRequest(ended.splice(0)));
      },
      forceFlush: async () => {},
      shutdown: async () => {},
    },
  ],
});
const otel = provider.getTracer('bench');
const otelOff = new sdk.TracerProvider({
  sampler: new sdk.ParentBasedSampler({ root: new sdk.AlwaysOffSampler() }),
}).getTracer('bench');
const traceContext = new otelCore.W3CTraceContextPropagator();
const otelBaggage = new otelCore.W3CBaggagePropagator();
const { ROOT_CONTEXT, defaultTextMapGetter, defaultTextMapSetter } = api;

const getter = { get: (headers, name) => headers[name], keys: Object.keys };
const setter = {
  set(carrier, name, value) {
    carrier[name] = value;
  },
};
const writtenInLowerCase = {
  set(carrier, name, value) {
    carrier[name.toLowerCase()] = value;
  },
};
const parentHeaders = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
const stateHeaders = { ...parentHeaders, tracestate: 'congo=t61rcWkgMzE,rojo=00f067aa0ba902b7' };
const baggageHeaders = { baggage: 'tenant=acme,user.tier=gold,region=eu-west-1' };
const baggageContext = withBaggage.extract(baggageHeaders, getter);
const otelBaggageContext = otelBaggage.extract(ROOT_CONTEXT, baggageHeaders, defaultTextMapGetter);
// The HTTP client has to turn the string into bytes, so this is included.
const wire = Buffer.alloc(512);
const send = (carrier, name) => wire.latin1Write(carrier[name], 0);

const unsampled = silent.startSpan('parent', { parent: null });
const unsampledContext = core.contextWith(unsampled);
const otelUnsampled = api.trace.setSpan(ROOT_CONTEXT, otelOff.startSpan('parent', { root: true }));

// Each has the operation to repeat. `prepare` makes the values that the repetitions consume.
const cases = {
  span: {
    ours() {
      tracer.startSpan('GET /users/:id', { kind: 'server', attributes, parent: null }).end();
    },
    otel() {
      otel.startSpan('GET /users/:id', { kind: 1, attributes, root: true }).end();
    },
  },
  'dropped-span': {
    around: (run) => core.withContext(unsampledContext, run),
    aroundOtel: (run) => api.context.with(otelUnsampled, run),
    ours() {
      silent.startSpan('step', droppedOptions).end();
    },
    otel() {
      otelOff.startSpan('step', droppedOptions).end();
    },
  },
  'with-span': {
    ours() {
      tracer.withSpan('step', nothing);
    },
    otel() {
      otel.startActiveSpan('step', endIt);
    },
  },
  'read-traceparent': {
    ours() {
      sampledCount += tracer.extract(parentHeaders, getter).span.isSampled ? 1 : 0;
    },
    otel() {
      sampledCount += api.trace.getSpanContext(
        traceContext.extract(ROOT_CONTEXT, parentHeaders, defaultTextMapGetter),
      ).traceFlags;
    },
  },
  'read-tracestate': {
    ours() {
      sampledCount += tracer.extract(stateHeaders, getter).span.isSampled ? 1 : 0;
    },
    otel() {
      sampledCount += api.trace.getSpanContext(
        traceContext.extract(ROOT_CONTEXT, stateHeaders, defaultTextMapGetter),
      ).traceFlags;
    },
  },
  'write-traceparent': {
    // Each span is written once, as for a call: tracers make the string of the ids at different times.
    prepare: () => core.contextWith(tracer.startSpan('call', { parent: null })),
    prepareOtel: () => api.trace.setSpan(ROOT_CONTEXT, otel.startSpan('call', { root: true })),
    ours(context) {
      const carrier = {};
      tracer.inject(carrier, setter, context);
      send(carrier, 'traceparent');
    },
    otel(context) {
      const carrier = {};
      traceContext.inject(context, carrier, defaultTextMapSetter);
      send(carrier, 'traceparent');
    },
  },
  'read-baggage': {
    ours() {
      consume(withBaggage.extract(baggageHeaders, getter).baggage.get('tenant'));
    },
    otel() {
      const context = otelBaggage.extract(ROOT_CONTEXT, baggageHeaders, defaultTextMapGetter);
      consume(api.propagation.getBaggage(context).getEntry('tenant').value);
    },
  },
  'write-baggage': {
    ours() {
      const carrier = {};
      withBaggage.inject(carrier, setter, baggageContext);
      send(carrier, 'baggage');
    },
    otel() {
      const carrier = {};
      otelBaggage.inject(otelBaggageContext, carrier, defaultTextMapSetter);
      send(carrier, 'baggage');
    },
  },
};
const { prepare, prepareOtel } = cases['write-traceparent'];
if (isForFormats) addFormats();

function addFormats() {
  for (const name of Object.keys(cases)) delete cases[name];
  addFormat('b3', new B3Propagator(), {
    b3: '4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1',
  });
  addFormat('b3multi', new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER }), {
    'x-b3-traceid': '4bf92f3577b34da6a3ce929d0e0e4736',
    'x-b3-spanid': '00f067aa0ba902b7',
    'x-b3-sampled': '1',
  });
  addFormat('xray', new AWSXRayPropagator(), {
    'x-amzn-trace-id': 'Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=00f067aa0ba902b7;Sampled=1',
  });
  // OpenTelemetry's for Jaeger went with its version 2.
  addFormat('jaeger', undefined, { 'uber-trace-id': '4bf92f3577b34da6a3ce929d0e0e4736:00f067aa0ba902b7:0:01' });
}

/** Reads and writes the headers of one more format, as for a call. */
function addFormat(name, propagator, headers) {
  const formatted = core.createTracer({ ...shared, exporter: [], propagators: [name] });
  const names = Object.keys(headers);
  cases[`read-${name}`] = {
    ours() {
      sampledCount += formatted.extract(headers, getter).span.isSampled ? 1 : 0;
    },
    ...(propagator && {
      otel() {
        const context = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
        sampledCount += api.trace.getSpanContext(context).traceFlags;
      },
    }),
  };
  cases[`write-${name}`] = {
    prepare,
    prepareOtel,
    ours(context) {
      const carrier = {};
      formatted.inject(carrier, setter, context);
      for (const header of names) send(carrier, header);
    },
    ...(propagator && {
      otel(context) {
        const carrier = {};
        propagator.inject(context, carrier, writtenInLowerCase);
        for (const header of names) send(carrier, header);
      },
    }),
  };
}

const droppedOptions = { attributes };
const nothing = () => {};
const endIt = (span) => span.end();

function timeOne(run, prepare, around = (fn) => fn()) {
  const inputs = prepare === undefined ? undefined : Array.from({ length: operations }, prepare);
  global.gc();
  return around(() => {
    const start = process.hrtime.bigint();
    for (let index = 0; index < operations; index++) run(inputs?.[index]);
    return Number(process.hrtime.bigint() - start) / operations;
  });
}

/** Bytes on the heap for one operation: the least of several tries, each with so few operations that no collection runs. */
function bytesOf(run, around = (fn) => fn()) {
  const count = 2000;
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 10; attempt++) {
    global.gc();
    const bytes = around(() => {
      const before = process.memoryUsage().heapUsed;
      for (let index = 0; index < count; index++) run();
      return process.memoryUsage().heapUsed - before;
    });
    least = Math.min(least, bytes / count);
  }
  return least;
}

/** Spans that wait to be encoded, to measure the encoders alone. Our tracer never lets spans wait. */
function encoders() {
  const ours = Array.from({ length: batchSize }, () => {
    const span = tracer.startSpan('GET /users/:id', { kind: 'server', attributes, parent: null });
    span.endMs = span.startMs + 1;
    return span;
  });
  const theirs = Array.from({ length: batchSize }, () => {
    const span = otel.startSpan('GET /users/:id', { kind: 1, attributes, root: true });
    return span;
  });
  ended.length = 0;
  const writer = new ByteWriter(Number.POSITIVE_INFINITY);
  return {
    ours() {
      for (const span of ours) {
        writer.beginItem();
        protobufFormat.encodeSpan(writer, span);
      }
      const parts = protobufFormat.frame(writer.takeChunk(), tracer.resource);
      return parts.reduce((sum, { length }) => sum + length, 0);
    },
    otel: () => ProtobufTraceSerializer.serializeRequest(theirs).length,
  };
}

function main() {
  const times = {};
  const measure = (name, run) => {
    times[name] ??= [];
    times[name].push(run());
  };
  const encode = encoders();
  const batches = Math.max(20, Math.round(operations / batchSize));
  const timeEncoder = (run) => {
    const start = process.hrtime.bigint();
    for (let batch = 0; batch < batches; batch++) consumed += run();
    return Number(process.hrtime.bigint() - start) / (batches * batchSize);
  };
  // The first two rounds only let V8 compile the code.
  for (let round = -2; round < rounds; round++) {
    if (round === 0) for (const name of Object.keys(times)) times[name] = [];
    for (const [name, { ours, otel: theirs, prepare, prepareOtel, around, aroundOtel }] of Object.entries(cases)) {
      measure(`${name}/ours`, () => timeOne(ours, prepare, around));
      if (theirs) measure(`${name}/otel`, () => timeOne(theirs, prepareOtel, aroundOtel));
    }
    if (isForFormats) continue;
    measure('encode/ours', () => timeEncoder(encode.ours));
    measure('encode/otel', () => timeEncoder(encode.otel));
  }
  if (isForFormats) {
    process.send({ times, bytes: {}, consumed: consumed + sampledCount });
    return;
  }
  const bytes = {
    'span/ours': bytesOf(cases.span.ours),
    'span/otel': bytesOf(cases.span.otel),
    'dropped-span/ours': bytesOf(cases['dropped-span'].ours, cases['dropped-span'].around),
    'dropped-span/otel': bytesOf(cases['dropped-span'].otel, cases['dropped-span'].aroundOtel),
    'encode/ours': encode.ours() / batchSize,
    'encode/otel': encode.otel() / batchSize,
  };
  process.send({ times, bytes, consumed: consumed + sampledCount });
}

main();

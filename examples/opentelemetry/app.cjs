// An Express app with GraphQL, whose spans come from OpenTelemetry's instrumentation by choice, and with a module that calls OpenTelemetry's
// API. One call brings both into Waymark's trace. No SDK of OpenTelemetry is needed.
const api = require('@opentelemetry/api');
const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { GraphQLInstrumentation } = require('@opentelemetry/instrumentation-graphql');
const { bridgeOpenTelemetry } = require('@waymark/core/opentelemetry');
const { tracing } = require('@waymark/express');
const { Worker } = require('node:worker_threads');

// Without `prefer`, the spans of GraphQL are Waymark's, as in examples/graphql.
bridgeOpenTelemetry(api, { prefer: { '@opentelemetry/instrumentation-graphql': 'opentelemetry' } });
// Before graphql is loaded, because it replaces functions of it.
registerInstrumentations({ instrumentations: [new GraphQLInstrumentation({ ignoreTrivialResolveSpans: true })] });

const express = require('express');
const { GraphQLInt, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString, graphql } = require('graphql');

const tracer = api.trace.getTracer('pricing', '1.0.0');

function price(_root, { article }) {
  return tracer.startActiveSpan('lookUp', (span) => {
    span.setAttribute('article', article);
    span.end();
    return 4;
  });
}

const args = { article: { type: new GraphQLNonNull(GraphQLString) } };
const query = new GraphQLObjectType({ name: 'Query', fields: { price: { type: GraphQLInt, args, resolve: price } } });
const schema = new GraphQLSchema({ query });

const app = express();
app.use(tracing({ serviceName: 'prices', exporter: 'console' }));
app.get('/prices/:article', async (req, res) => {
  const source = 'query Price($article: String!) { price(article: $article) }';
  const { data } = await graphql({ schema, source, variableValues: req.params });
  res.json(data);
});

const server = app.listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}/prices/tea`;
  // A client in its own thread, since its calls would be traced in this one.
  new Worker(`fetch('${url}')`, { eval: true }).on('exit', () => server.close());
});

// What you should see:
//
// trace 28476b1b9090fc7dae22f2316081729b  6 spans, 1 service, 33.0 ms
// prices ▸ GET /prices/:article 200  33.0 ms  ─────────────────────────
// ├─ graphql.parse                   1.65 ms       ╶╴
// ├─ graphql.validate                7.81 ms         ──────
// └─ query Price                     1.88 ms                ─╴
//    └─ graphql.resolve price        0.43 ms                 ╴
//       └─ lookUp article=tea          21 µs                 ╴

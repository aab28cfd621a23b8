// An Express app with GraphQL, whose spans come from OpenTelemetry's instrumentation, and with a module that calls OpenTelemetry's API. One
// line brings both into Waymark's trace. No SDK of OpenTelemetry is needed.
const api = require('@opentelemetry/api');
const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { GraphQLInstrumentation } = require('@opentelemetry/instrumentation-graphql');
const { bridgeOpenTelemetry } = require('@waymark/core/opentelemetry');
const { tracing } = require('@waymark/express');
const { Worker } = require('node:worker_threads');

bridgeOpenTelemetry(api);
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
// trace 91418c553aa61b8a09714b7dcedd06ae  6 spans, 1 service, 86.6 ms
// prices ▸ GET /prices/:article 200                                 86.6 ms  ─────────────────────────
// ├─ graphql.parse graphql.source=query Price($article: String!) …  21.8 ms  ╶──────
// ├─ graphql.validate                                               23.7 ms         ───────
// └─ query Price graphql.operation.type=query graphql.operation.n…  10.8 ms                ───╴
//    └─ graphql.resolve price graphql.field.name=price graphql.fi…  9.09 ms                ╶──
//       └─ lookUp article=tea                                       8.68 ms                ╶──

// The functions of GraphQL itself, without a server: node plain.cjs <form> <package>
const DataLoader = require('dataloader');
const { getTracer, withSpan } = require('@waymark/core');
const { instrumentLibraries } = require('@waymark/core/libraries');
const { inMemoryExporter } = require('@waymark/core/testing');
const { draw } = require('./draw.cjs');
const { batchFunction, createResolvers, requests, typeDefs } = require('./shop.cjs');

const [form, name] = process.argv.slice(2);

async function run() {
  const graphql = form === 'cjs' ? require(name) : await import(name);
  const exporter = inMemoryExporter();
  getTracer({ serviceName: 'shop', exporter, logLevel: 'none' });
  instrumentLibraries();
  const prices = new DataLoader(batchFunction(withSpan), { name: 'prices', cache: false });
  const schema = graphql.buildSchema(typeDefs);
  for (const [type, fields] of Object.entries(createResolvers(withSpan, prices))) {
    for (const [field, resolver] of Object.entries(fields)) {
      const target = schema.getType(type).getFields()[field];
      if (typeof resolver === 'function') target.resolve = resolver;
      else Object.assign(target, resolver);
    }
  }
  for (const request of Object.values(requests).flat()) {
    const { query: source, variables: variableValues } = request;
    await withSpan('request', () => graphql.graphql({ schema, source, variableValues }));
  }
  const document = graphql.parse('subscription Ticks { ticks(count: 2) }');
  const events = await withSpan('request', () => graphql.subscribe({ schema, document }));
  for await (const { data } of events) if (typeof data.ticks !== 'number') throw new Error('no tick');
  await withSpan('request', () =>
    graphql.graphql({
      schema: graphql.buildSchema('type Query { method: Int, property: Int, promise: Int }'),
      source: '{ method property promise }',
      rootValue: { method: () => withSpan('in the method', () => 1), property: 2, promise: async () => 3 },
    }),
  );
  console.log(JSON.stringify({ lines: draw(exporter.spans), spans: exporter.spans }));
}

run();

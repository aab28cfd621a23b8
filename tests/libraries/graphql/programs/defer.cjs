// `@defer` of version 17: node defer.cjs
const { getTracer, withSpan } = require('@waymark/core');
const { instrumentLibraries } = require('@waymark/core/libraries');
const { inMemoryExporter } = require('@waymark/core/testing');
const {
  GraphQLDeferDirective,
  buildSchema,
  experimentalExecuteIncrementally,
  parse,
  GraphQLSchema,
} = require('graphql17');
const { draw } = require('./draw.cjs');

const exporter = inMemoryExporter();
getTracer({ serviceName: 'shop', exporter, logLevel: 'none' });
instrumentLibraries();

const turn = () => new Promise((resolve) => setImmediate(resolve));
const built = buildSchema('type Item { price: Int } type Query { item: Item, version: Int }');
const schema = new GraphQLSchema({
  ...built.toConfig(),
  directives: [...built.getDirectives(), GraphQLDeferDirective],
});
const rootValue = {
  version: 1,
  item: () => ({
    async price() {
      await turn();
      return withSpan('price', () => 4);
    },
  }),
};

async function run() {
  const openAfterFirst = await withSpan('request', async () => {
    const document = parse('query Item { version item { ... @defer { price } } }');
    const result = await experimentalExecuteIncrementally({ schema, document, rootValue });
    const isOpen = !exporter.spans.some(({ name }) => name === 'query Item');
    for await (const part of result.subsequentResults) if (part.errors !== undefined) throw new Error('failed');
    return isOpen;
  });
  await withSpan('request that is given up', async () => {
    const document = parse('query Item { version item { ... @defer { price } } }');
    const result = await experimentalExecuteIncrementally({ schema, document, rootValue });
    await result.subsequentResults.return();
  });
  console.log(JSON.stringify({ lines: [`open: ${openAfterFirst}`, ...draw(exporter.spans)], spans: exporter.spans }));
}

run();

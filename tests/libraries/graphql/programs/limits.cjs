// What is bounded, and what options change: node limits.cjs <package> <options of graphql as JSON>
const { getTracer, activeSpan, withSpan } = require('@waymark/core');
const { instrumentLibraries } = require('@waymark/core/libraries');
const { inMemoryExporter } = require('@waymark/core/testing');
const { draw } = require('./draw.cjs');

const [name, options] = process.argv.slice(2);
const graphql = require(name);
const exporter = inMemoryExporter();
getTracer({ serviceName: 'shop', exporter, logLevel: 'none', libraries: { graphql: JSON.parse(options) } });
instrumentLibraries();

const turn = () => new Promise((resolve) => setImmediate(resolve));

const schema = graphql.buildSchema(`
  type Item { id: Int, price: Int, owner: Item, lazy: Int }
  type Query { items(count: Int!): [Item], item(id: Int!): Item, traceId: String, thenable: Int, list: [Int], returned: Int, coded: Int, required: Int! }
`);
const resolvers = {
  Query: {
    items: (_, { count }) => Array.from({ length: count }, (_, id) => ({ id })),
    item: async (_, { id }) => ({ id }),
    traceId: () => activeSpan().spanId,
    thenable() {
      let calls = 0;
      return {
        // biome-ignore lint/suspicious/noThenProperty: as a query builder, which starts its query when it is awaited
        then(resolve) {
          calls++;
          return withSpan('query of a builder', turn).then(() => resolve(calls));
        },
      };
    },
    list: () => [1, 2].map((item) => withSpan(`item ${item}`, () => turn().then(() => item))),
    returned: () => new TypeError('returned "secret"'),
    coded() {
      throw Object.assign(new RangeError('no'), { extensions: { code: 'OUT_OF_RANGE' } });
    },
    required: () => null,
  },
  Item: {
    price: ({ id }) => withSpan(`price of ${id}`, () => turn().then(() => id * 10)),
    owner: ({ id }) => turn().then(() => ({ id: id + 100 })),
  },
};
for (const [type, fields] of Object.entries(resolvers)) {
  for (const [field, resolve] of Object.entries(fields)) schema.getType(type).getFields()[field].resolve = resolve;
}

const ask = (source, variableValues) => withSpan('request', () => graphql.graphql({ schema, source, variableValues }));

async function run() {
  const answers = [];
  const sections = {};
  async function section(title, fn) {
    answers.push(await fn());
    sections[title] = { lines: draw(exporter.spans), attributes: exporter.spans.map(({ attributes }) => attributes) };
    exporter.reset();
  }
  await section('list', () => ask('{ items(count: 1000) { price } }'));
  await section('aliases', () =>
    ask(`{ ${Array.from({ length: 100 }, (_, at) => `a${at}: item(id: 1) { id }`).join(' ')} }`),
  );
  await section('concurrent', () =>
    Promise.all([1, 2, 3].map((id) => ask('query Item($id: Int!) { item(id: $id) { owner { price } } }', { id }))),
  );
  await section('forms', () => ask('{ traceId thenable list }'));
  await section('returned', () => ask('{ returned }'));
  await section('coded', () => ask('{ coded }'));
  await section('required', () => ask('{ required }'));
  await section('literals', () => ask('query Bad { item(id: "a secret value") { id } }'));
  await section('outside', () => graphql.graphql({ schema, source: '{ item(id: 1) { id } }' }));
  await section('names', async () => {
    for (let count = 0; count < 1100; count++) await ask(`query Q${count} { returned }`);
  });
  console.log(JSON.stringify({ sections, answers }));
}

run();

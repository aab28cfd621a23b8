// @opentelemetry/instrumentation-graphql: resolvers that await, several operations at once, errors of resolvers and of the query.
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  instrumentations: (load) => [new (load('@opentelemetry/instrumentation-graphql').GraphQLInstrumentation)()],

  async run({ load, inRequest, mark }) {
    const { buildSchema, graphql } = load('graphql');
    const schema = buildSchema(`
      type Item { id: Int!, price: Int, author: String }
      type Query { items: [Item], item(id: Int!): Item, broken: String }
      type Mutation { add(id: Int!): Item }
    `);
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const itemOf = (id: number) => ({
      id,
      async price() {
        await turn();
        mark(`price of ${id}`);
        return id * 10;
      },
      author: () => Promise.resolve('A'),
    });
    const rootValue = {
      items: async () => {
        await turn();
        return [itemOf(1), itemOf(2)];
      },
      item: ({ id }: { id: number }) => itemOf(id),
      add: ({ id }: { id: number }) => itemOf(id),
      async broken() {
        await turn();
        throw new Error('no such thing');
      },
    };
    const ask = (source: string) => graphql({ schema, rootValue, source });

    await Promise.all([
      inRequest('list', () => ask('query List { items { id price author } }')),
      ...[3, 4, 5].map((id) => inRequest(`item ${id}`, () => ask(`query One { item(id: ${id}) { price } }`))),
    ]);
    await inRequest('mutation', () => ask('mutation { add(id: 6) { id } }'));
    await inRequest('failure of a resolver', () => ask('{ broken }'));
    await inRequest('unknown field', () => ask('{ absent }'));
    await inRequest('syntax', () => ask('{ items'));
  },
};

// The schema, the resolvers and the requests of all programs: what a shop has, whatever server runs it.
exports.typeDefs = `
  type Item { id: ID!, title: String, price: Float }
  type Basket { id: ID!, note: String, items: [Item!]! }
  type Query { basket(id: ID!): Basket, version: String, broken: String }
  type Mutation { add(id: ID!): Basket }
  type Subscription { ticks(count: Int!): Int }
`;

/** @param prices A dataloader. */
exports.createResolvers = (withSpan, prices) => ({
  Query: {
    basket: (_, { id }) => withSpan('db: basket', async () => ({ id, items: [{ id: '1' }, { id: '2' }, { id: '3' }] })),
    version: () => '1',
    async broken() {
      await null;
      throw new Error('no stock of "a secret thing"');
    },
  },
  Basket: { note: () => withSpan('note', () => 'fragile') },
  Item: { price: ({ id }) => prices.load(id), title: ({ id }) => `item ${id}` },
  Mutation: { add: async (_, { id }) => ({ id, items: [] }) },
  Subscription: {
    ticks: {
      async *subscribe(_, { count }) {
        for (let tick = 1; tick <= count; tick++) {
          await new Promise((resolve) => setImmediate(resolve));
          yield { ticks: tick };
        }
      },
      resolve: ({ ticks }) => withSpan('tick', () => ticks),
    },
  },
});

exports.batchFunction = (withSpan) => (ids) => withSpan('db: prices', async () => ids.map(Number));

const basket = {
  query: 'query Basket($id: ID!) { basket(id: $id) { id note items { id title price } } }',
  variables: { id: 'a secret id' },
};
const version = { query: '{ version }' };

exports.requests = {
  basket,
  version,
  add: { query: 'mutation Add { add(id: "a secret id") { id } }' },
  broken: { query: 'query Broken { broken version }' },
  invalid: { query: 'query Invalid { nothing }' },
  syntax: { query: 'query Syntax { basket(' },
  batch: [basket, version],
};

/** A client that keeps no connection, so that the server can stop. */
exports.post = async (url, body) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify(body),
  });
  return response.text();
};

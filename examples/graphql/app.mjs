// Apollo Server on Express. Its operations are traced, with nothing to write for them, and so are the resolvers that do something.
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { ApolloServer } from '@apollo/server';
import { expressMiddleware } from '@as-integrations/express5';
import { withSpan } from '@waymark/core';
import { tracing } from '@waymark/express';
import DataLoader from 'dataloader';
import express from 'express';

const typeDefs = `
  type Item { article: String, price: Int }
  type Basket { customer: String, items: [Item] }
  type Query { basket(customer: String!): Basket }
`;

const lookUp = (articles) =>
  withSpan('look up prices', () =>
    wait(
      5,
      articles.map((article) => article.length),
    ),
  );

const resolvers = {
  Query: {
    async basket(_, { customer }) {
      await wait(5);
      if (customer === 'eve') throw new Error(`${customer} has no basket`);
      return { customer, items: [{ article: 'tea' }, { article: 'milk' }] };
    },
  },
  Item: { price: ({ article }, _, { prices }) => prices.load(article) },
};

const app = express();
app.use(tracing({ serviceName: 'shop', exporter: 'console' }));

const apolloServer = new ApolloServer({ typeDefs, resolvers });
await apolloServer.start();
const context = async () => ({ prices: new DataLoader(lookUp, { name: 'prices' }) });
app.post('/graphql', express.json(), expressMiddleware(apolloServer, { context }));

const server = app.listen(0, '127.0.0.1', () => {
  const query = 'query Basket($customer: String!) { basket(customer: $customer) { customer items { article price } } }';
  // A client in its own thread, since its calls would be traced in this one.
  const client = `
    const ask = (customer) => fetch('http://127.0.0.1:${server.address().port}/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '${query}', variables: { customer } }),
    });
    ask('ada').then(() => ask('eve'));
  `;
  new Worker(client, { eval: true }).on('exit', async () => {
    server.close();
    await apolloServer.stop();
  });
});

// What you should see:
//
// trace 04b242b7ed80706d0cd5832582179523  7 spans, 1 service, 66.9 ms
// shop ▸ POST /graphql query Basket 200                             66.9 ms  ─────────────────────────
// └─ query Basket ($customer: String!) { basket(customer: $custom…  31.7 ms          ╶───────────╴
//    ├─ Query.basket                                                8.22 ms              ╶───
//    ├─ Item.price                                                  10.7 ms                  ╶───╴
//    │  └─ dataloader.batch prices                                  9.52 ms                  ╶───
//    │     └─ look up prices                                        8.92 ms                   ───
//    └─ Item.price                                                  10.2 ms                  ╶───╴
//
// trace 9a212b172938526be80c729549012552  3 spans, 1 service, 44.8 ms, 2 failed
// shop ▸ POST /graphql query Basket 200                             44.8 ms  ─────────────────────────
// └─ query Basket ($customer: String!) { basket(customer: $custom…  9.85 ms         ╶─────
//    └─ Query.basket                                                8.03 ms         ╶────
//         ✗ Error: eve has no basket

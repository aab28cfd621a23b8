// Orders of users, on Fastify. It calls `users` for the discount, with undici.
import { setTimeout as wait } from 'node:timers/promises';
import { getBaggage, withSpan } from '@waymark/core';
import { tracing } from '@waymark/fastify';
import fastify from 'fastify';
import { request } from 'undici';

const { USERS_URL, PORT = '0' } = process.env;

const app = fastify();
await app.register(tracing, { serviceName: 'orders' });

app.get('/orders/:userId', async ({ params: { userId }, span }) => {
  span.setAttribute('shop.channel', getBaggage('shop.channel'));

  const [orders, { body }] = await Promise.all([
    withSpan('queryOrders', () => queryOrders(userId)),
    request(`${USERS_URL}/users/${userId}/discount`),
  ]);
  const { percent } = await body.json();
  return orders.map(({ id, total }) => ({ id, total: total * (1 - percent / 100) }));
});

// One query for the basket, and one for each of its products: an N+1.
app.get('/baskets/:userId', async ({ params: { userId } }) => {
  const ids = await query('SELECT product_id FROM baskets WHERE user_id = $1', [userId]);
  const products = [];
  for (const id of ids) products.push(await query('SELECT name, price FROM products WHERE id = $1', [id]));
  return products;
});

async function query(text, values) {
  const attributes = { 'db.system.name': 'postgresql', 'db.query.text': text };
  return withSpan(text.split(' ', 1)[0], { kind: 'client', attributes }, async () => {
    await wait(3); // in place of a database
    return text.includes('baskets')
      ? Array.from({ length: 16 }, (_, index) => index)
      : { name: 'socks', price: values[0] };
  });
}

async function queryOrders(userId) {
  await wait(12); // in place of a database
  return [
    { id: `${userId}-1`, total: 40 },
    { id: `${userId}-2`, total: 25 },
  ];
}

await app.listen({ port: Number(PORT), host: '127.0.0.1' });
const { port } = app.server.address();
if (process.send) process.send({ port });
else console.log(`orders: http://127.0.0.1:${port}/orders/7`);

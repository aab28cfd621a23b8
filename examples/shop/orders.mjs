// What users bought. Fastify; asks `users` for the discount, with undici.
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

async function queryOrders(userId) {
  await wait(12); // the database
  return [
    { id: `${userId}-1`, total: 40 },
    { id: `${userId}-2`, total: 25 },
  ];
}

await app.listen({ port: Number(PORT), host: '127.0.0.1' });
const { port } = app.server.address();
if (process.send) process.send({ port });
else console.log(`orders: http://127.0.0.1:${port}/orders/7`);

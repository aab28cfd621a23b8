// Orders of users, on Fastify. It calls `users` for the discount, with undici.
import { getBaggage } from '@waymark/core';
import { tracing } from '@waymark/fastify';
import fastify from 'fastify';
import pg from 'pg';
import { request } from 'undici';

const { DATABASE_URL, USERS_URL, PORT = '0' } = process.env;

const database = new pg.Pool({ connectionString: DATABASE_URL });

const app = fastify();
await app.register(tracing, { serviceName: 'orders' });

app.get('/orders/:userId', async ({ params: { userId }, span }) => {
  span.setAttribute('shop.channel', getBaggage('shop.channel'));

  const [{ rows }, { body }] = await Promise.all([
    database.query('SELECT id, total FROM orders WHERE user_id = $1 ORDER BY id', [userId]),
    request(`${USERS_URL}/users/${userId}/discount`),
  ]);
  const { percent } = await body.json();
  return rows.map(({ id, total }) => ({ id, total: total * (1 - percent / 100) }));
});

// One query for the basket, and one for each of its products: an N+1.
app.get('/baskets/:userId', async ({ params: { userId } }) => {
  const { rows } = await database.query('SELECT product_id FROM baskets WHERE user_id = $1', [userId]);
  const products = [];
  for (const { product_id } of rows) {
    const found = await database.query('SELECT name, price FROM products WHERE id = $1', [product_id]);
    products.push(found.rows[0]);
  }
  return products;
});

await app.listen({ port: Number(PORT), host: '127.0.0.1' });
const { port } = app.server.address();
if (process.send) process.send({ port });
else console.log(`orders: http://127.0.0.1:${port}/orders/7`);

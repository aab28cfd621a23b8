// The entry service. It calls `users` for the user, then `orders` for their orders.
import { setBaggage, withSpan } from '@waymark/core';
import { tracing } from '@waymark/express';
import express from 'express';

const { ORDERS_URL, USERS_URL, PORT = '0' } = process.env;

const app = express();
app.use(tracing({ serviceName: 'gateway' }));

app.get('/users/:id/orders', async (req, res) => {
  const { id } = req.params;
  req.span.setAttribute('user.id', id);
  // Travels with both calls, and with the calls of the services behind.
  setBaggage('shop.channel', req.get('x-channel') ?? 'web');

  const user = await withSpan('fetchUserData', () => getJson(`${USERS_URL}/users/${id}`));
  const orders = await withSpan('fetchOrderHistory', async (span) => {
    const history = await getJson(`${ORDERS_URL}/orders/${id}`);
    span.setAttribute('orders.count', history.length);
    return history;
  });
  res.json({ user, orders });
});

// Two pages with a problem to find in the viewer. demo.js names them.
app.get('/users/:id/basket', async (req, res) => {
  res.json(await getJson(`${ORDERS_URL}/baskets/${req.params.id}`));
});

app.get('/users/:id/delivery', async (req, res) => {
  const id = req.params.id;
  const [user, address] = await Promise.all(
    [`/users/${id}`, `/users/${id}/address`].map((path) => getJson(USERS_URL + path)),
  );
  res.json({ user, address });
});

app.use((error, req, res, _next) => {
  res.status(error.status ?? 500).json({ error: error.message, traceId: req.span.traceId });
});

async function getJson(url) {
  const response = await fetch(url);
  if (response.ok) return response.json();
  const status = response.status === 404 ? 404 : 502;
  throw Object.assign(new Error(`${url} answered ${response.status}`), { status });
}

const server = app.listen(Number(PORT), '127.0.0.1', () => {
  const { port } = server.address();
  if (process.send) process.send({ port });
  else console.log(`gateway: http://127.0.0.1:${port}/users/7/orders`);
});

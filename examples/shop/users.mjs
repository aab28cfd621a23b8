// Users, on Express, with a router mounted at /users.
import { setTimeout as wait } from 'node:timers/promises';
import { getBaggage, withSpan } from '@waymark/core';
import { tracing } from '@waymark/express';
import express from 'express';
import pg from 'pg';

const { DATABASE_URL, PORT = '0' } = process.env;

const database = new pg.Pool({ connectionString: DATABASE_URL });

const app = express();
app.use(tracing({ serviceName: 'users' }));

const users = express.Router();
app.use('/users', users);

users.get('/:id', async (req, res) => {
  req.span.setAttribute('shop.channel', getBaggage('shop.channel'));
  const user = await withSpan('loadUser', () => loadUser(req.params.id));
  if (user === undefined) res.status(404).json({ error: 'no such user' });
  else res.json(user);
});

users.get('/:id/discount', async (_req, res) => {
  const { rows } = await database.query('SELECT percent FROM discounts WHERE channel = $1', [
    getBaggage('shop.channel'),
  ]);
  res.json({ percent: rows[0]?.percent ?? 0 });
});

// A call that takes long.
users.get('/:id/address', async (_req, res) => {
  const address = await withSpan('validateAddress', async (span) => {
    span.setAttribute('peer.service', 'address-check');
    await wait(240);
    return '12 Analytical Row';
  });
  res.json({ address });
});

app.use((error, _req, res, _next) => {
  res.status(500).json({ error: error.message });
});

// Fails for a user without orders: user 13.
async function loadUser(id) {
  const text = 'SELECT id, name, spent / orders AS average FROM users WHERE id = $1';
  const { rows } = await database.query(text, [id]);
  return rows[0];
}

const server = app.listen(Number(PORT), '127.0.0.1', () => {
  const { port } = server.address();
  if (process.send) process.send({ port });
  else console.log(`users: http://127.0.0.1:${port}/users/7`);
});

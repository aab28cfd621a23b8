// Users, on Express, with a router mounted at /users.
import { setTimeout as wait } from 'node:timers/promises';
import { getBaggage, withSpan } from '@waymark/core';
import { tracing } from '@waymark/express';
import express from 'express';

const { PORT = '0' } = process.env;

const names = new Map([
  ['7', 'Ada'],
  ['8', 'Grace'],
]);

const app = express();
app.use(tracing({ serviceName: 'users' }));

const users = express.Router();
app.use('/users', users);

users.get('/:id', async (req, res) => {
  req.span.setAttribute('shop.channel', getBaggage('shop.channel'));
  const name = await withSpan('loadUser', () => loadUser(req.params.id));
  if (name === undefined) res.status(404).json({ error: 'no such user' });
  else res.json({ id: req.params.id, name });
});

users.get('/:id/discount', async (_req, res) => {
  await wait(4);
  res.json({ percent: getBaggage('shop.channel') === 'app' ? 20 : 10 });
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

async function loadUser(id) {
  await wait(6); // in place of a database
  if (id === '13') throw new RangeError('page 13 of the users table is damaged');
  return names.get(id);
}

const server = app.listen(Number(PORT), '127.0.0.1', () => {
  const { port } = server.address();
  if (process.send) process.send({ port });
  else console.log(`users: http://127.0.0.1:${port}/users/7`);
});

import { withSpan } from '@waymark/core';
import { tracing } from '@waymark/express';
import express from 'express';
import { database } from './database.js';

const app = express();
app.use(tracing({ serviceName: 'users' })); // before the routes

app.get('/users/:id', async (req, res) => {
  const user = await withSpan('loadUser', async () => {
    const { rows } = await database.query('SELECT name FROM users WHERE id = $1', [req.params.id]);
    return rows[0];
  });
  res.json(user);
});

app.listen(process.env.PORT ?? 3000);

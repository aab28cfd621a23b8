import { withSpan } from '@waymark/core';
import { tracing } from '@waymark/express';
import express from 'express';
import { query } from './database.js';

const app = express();
app.use(tracing({ serviceName: 'users' })); // before the routes

app.get('/users/:id', async (req, res) => {
  const user = await withSpan('loadUser', async () => {
    const [row] = query('SELECT users', 'SELECT name FROM users WHERE id = ?', [req.params.id]);
    return row;
  });
  res.json(user);
});

app.listen(process.env.PORT ?? 3000);

import { withSpan } from '@waymark/core';
import { tracing } from '@waymark/fastify';
import fastify from 'fastify';
import { query } from './database.js';

const app = fastify();
await app.register(tracing, { serviceName: 'users' }); // before or after the routes

app.get('/users/:id', (request) =>
  withSpan('loadUser', async () => {
    const [row] = query('SELECT users', 'SELECT name FROM users WHERE id = ?', [request.params.id]);
    return row;
  }),
);

await app.listen({ port: Number(process.env.PORT ?? 3000) });

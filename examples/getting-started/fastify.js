import { withSpan } from '@waymark/core';
import { tracing } from '@waymark/fastify';
import fastify from 'fastify';
import { database } from './database.js';

const app = fastify();
await app.register(tracing, { serviceName: 'users' }); // before or after the routes

app.get('/users/:id', (request) =>
  withSpan('loadUser', async () => {
    const { rows } = await database.query('SELECT name FROM users WHERE id = $1', [request.params.id]);
    return rows[0];
  }),
);

await app.listen({ port: Number(process.env.PORT ?? 3000) });

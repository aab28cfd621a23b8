// docs/testing.md: a user's test file, and an app as users have it.
import { type TracerOptions, withSpan } from '@waymark/core';
import type { HttpOptions } from '@waymark/core/http';
import { inMemoryExporter } from '@waymark/core/testing';
import { tracing } from '@waymark/express';
import express, { type Express, type Request } from 'express';
import request from 'supertest';

function createApp(options: HttpOptions<Request> & TracerOptions): Express {
  const app = express();
  app.use(tracing({ serviceName: 'users', ...options }));
  app.get('/users/:id', async (request, response) => {
    response.json(await withSpan('loadUser', async () => ({ id: request.params.id })));
  });
  return app;
}

test('loads the user in its own span', async () => {
  const exporter = inMemoryExporter();
  const app = createApp({ exporter, outbound: false });

  await request(app).get('/users/7');

  const [loadUser, server] = await exporter.waitFor(2);
  expect(server).toMatchObject({ name: 'GET /users/:id', attributes: { 'http.response.status_code': 200 } });
  expect(loadUser).toMatchObject({ name: 'loadUser', parentSpanId: server?.spanId });
});

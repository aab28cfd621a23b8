// The code of docs/shutdown.md: a service that gets a SIGTERM while it answers a request.
import { setTimeout as work } from 'node:timers/promises';
import { tracing } from '@waymark/express';
import express from 'express';

const app = express();
app.use(tracing({ serviceName: 'orders' }));
app.get('/orders', async (_req, res) => {
  process.kill(process.pid, 'SIGTERM');
  await work(50);
  res.json([]);
});

const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));

process.on('SIGTERM', () => {
  server.close(() => process.exit());
});

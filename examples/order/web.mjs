// Takes orders by HTTP, on Express, and puts each into Kafka.
import { tracing } from '@waymark/express';
import express from 'express';
import { openKafka, orders } from './kafka.js';
import { listen } from './processes.js';

const producer = openKafka('web').producer();
await producer.connect();

const app = express();
app.use(tracing({ serviceName: 'web' }), express.json());

app.post('/orders', async (req, res) => {
  await producer.send({ topic: orders, messages: [{ key: req.body.customer, value: JSON.stringify(req.body) }] });
  res.status(202).json({ traceId: req.span.spanContext().traceId });
});

const server = app.listen(0, '127.0.0.1', () => listen(server.address().port));
process.on('SIGTERM', async () => {
  server.closeAllConnections();
  server.close();
  await producer.disconnect();
});

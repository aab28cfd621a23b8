// An Express app with MongoDB. Its commands are traced, with nothing to write for them.
// It needs a server: docker run -p 27017:27017 mongo, or yours in MONGODB_URL.
import { Worker } from 'node:worker_threads';
import { tracing } from '@waymark/express';
import express from 'express';
import { MongoClient } from 'mongodb';

const app = express();
app.use(tracing({ serviceName: 'catalog', exporter: 'console' }));

const client = new MongoClient(process.env.MONGODB_URL ?? 'mongodb://localhost');
const products = client.db('waymark_example').collection('products');
await products.deleteMany(); // outside of a request there is no span

app.post('/products', async (_req, res) => {
  await products.insertMany([
    { name: 'tea', price: 4 },
    { name: 'coffee', price: 7 },
  ]);
  await products.updateOne({ name: 'tea' }, { $set: { price: 5 } });
  // The spans have the commands and their collections. Filters and documents are not recorded.
  res.json(await products.find({ price: { $gt: 3 } }).toArray());
});

const server = app.listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}/products`;
  // A client in its own thread. A call of fetch() in this thread would be traced too.
  new Worker(`fetch('${url}', { method: 'POST' })`, { eval: true }).on('exit', async () => {
    server.close();
    await products.drop();
    await client.close();
  });
});

// What you should see:
//
// trace 32021e657ae5234a1387aa26f1d679d5  4 spans, 1 service, 29.7 ms
// catalog ▸ POST /products 200  29.7 ms  ─────────────────────────
// ├─ → insert products          10.6 ms     ╶────────╴
// ├─ → update products          2.11 ms                ──
// └─ → find products 2 rows     1.34 ms                   ─

// An Express app with PostgreSQL. Its queries are traced, with nothing to write for them.
// It needs a server: docker run -p 5432:5432 -e POSTGRES_HOST_AUTH_METHOD=trust postgres, or yours in DATABASE_URL.
import { Worker } from 'node:worker_threads';
import { tracing } from '@waymark/express';
import express from 'express';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL ?? 'postgres://postgres@localhost/postgres' });
// Outside of a request there is no span: nothing waits for these queries.
await pool.query('DROP TABLE IF EXISTS waymark_orders');
await pool.query('CREATE TABLE waymark_orders (id serial PRIMARY KEY, customer text UNIQUE, total integer)');

const app = express();
app.use(tracing({ serviceName: 'orders', exporter: 'console' }));

app.post('/orders/:customer', async (req, res) => {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('INSERT INTO waymark_orders (customer, total) VALUES ($1, $2)', [req.params.customer, 40]);
    const { rows } = await client.query('SELECT count(*) AS orders, sum(total) AS total FROM waymark_orders');
    await client.query('COMMIT');
    res.status(201).json(rows[0]);
  } catch (error) {
    await client.query('ROLLBACK');
    res.status(error.code === '23505' ? 409 : 500).json({ error: error.message });
  } finally {
    client.release();
  }
});

const server = app.listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}/orders/ada`;
  // A client in its own thread, since its calls would be traced in this one. It orders twice; a customer may order once.
  const requests = `fetch('${url}', { method: 'POST' }).then(() => fetch('${url}', { method: 'POST' }))`;
  new Worker(requests, { eval: true }).on('exit', async () => {
    server.close();
    await pool.query('DROP TABLE waymark_orders');
    await pool.end();
  });
});

// What you should see:
//
// trace 9a347db7317ccec65ec5556f2a553e22  5 spans, 1 service, 27.7 ms
// orders ▸ POST /orders/:customer 201                               27.7 ms  ─────────────────────────
// ├─ → BEGIN                                                        1.99 ms     ──
// ├─ → INSERT waymark_orders INSERT INTO waymark_orders (customer…  4.87 ms       ╶────
// ├─ → SELECT waymark_orders 1 row SELECT count(*) AS orders, sum…  1.00 ms            ╶╴
// └─ → COMMIT                                                       2.96 ms             ╶──
//
// trace e90b9cf502e21c5c95b9f0bfe0ee488b  4 spans, 1 service, 7.28 ms, 1 failed
// orders ▸ POST /orders/:customer 409                               7.28 ms  ─────────────────────────
// ├─ → BEGIN                                                        2.37 ms   ╶───────╴
// ├─ → INSERT waymark_orders INSERT INTO waymark_orders (customer…  1.74 ms            ──────
// │    ✗ 23505: duplicate key value violates unique constraint "waymark_orders_customer_key"
// └─ → ROLLBACK                                                     1.87 ms                  ╶──────

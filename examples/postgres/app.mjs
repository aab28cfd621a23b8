// An Express app with PostgreSQL. Its queries are traced, with nothing to write for them.
// It needs a server: docker run -p 5432:5432 -e POSTGRES_HOST_AUTH_METHOD=trust postgres, or yours in DATABASE_URL.
import { Worker } from 'node:worker_threads';
import { tracing } from '@waymark/express';
import express from 'express';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL ?? 'postgres://postgres@localhost/postgres' });
// Outside of a request there is no span: nothing waits for this query.
await pool.query(
  'CREATE TABLE IF NOT EXISTS waymark_orders (id serial PRIMARY KEY, customer text UNIQUE, total integer)',
);

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
// trace fd4ccb5b298c49577eafcec7d6c7a49b  5 spans, 1 service, 14.3 ms
// orders ▸ POST /orders/:customer 201                               14.3 ms  ─────────────────────────
// ├─ → BEGIN                                                        1.63 ms        ──╴
// ├─ → INSERT waymark_orders INSERT INTO waymark_orders (customer…  1.56 ms            ──╴
// ├─ → SELECT waymark_orders 1 row SELECT count(*) AS orders, sum…  0.87 ms               ─╴
// └─ → COMMIT                                                       0.73 ms                 ─
//
// trace 1f47dd9de49701e68d9d9b0f98866f25  4 spans, 1 service, 8.09 ms, 1 failed
// orders ▸ POST /orders/:customer 409                               8.09 ms  ─────────────────────────
// ├─ → BEGIN                                                        4.85 ms   ───────────────
// ├─ → INSERT waymark_orders INSERT INTO waymark_orders (customer…  1.63 ms                   ─────
// │    ✗ 23505: duplicate key value violates unique constraint ?
// └─ → ROLLBACK                                                     0.23 ms                        ╶

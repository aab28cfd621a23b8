// A Fastify app with MySQL or MariaDB. Its queries are traced, with nothing to write for them.
// It needs a server: docker run -p 3306:3306 -e MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=1 -e MARIADB_DATABASE=test mariadb, or yours in MYSQL_URL.
import { Worker } from 'node:worker_threads';
import { tracing } from '@waymark/fastify';
import fastify from 'fastify';
import mysql from 'mysql2/promise';

const pool = mysql.createPool(process.env.MYSQL_URL ?? 'mysql://root@localhost/test');
// Outside of a request there is no span: nothing waits for these queries.
await pool.query('CREATE TABLE IF NOT EXISTS waymark_users (id integer PRIMARY KEY, name varchar(40))');
await pool.query("REPLACE INTO waymark_users VALUES (7, 'Ada'), (8, 'Grace')");

const app = fastify();
await app.register(tracing, { serviceName: 'users', exporter: 'console' });

app.get('/users/:id', async (request) => {
  const [rows] = await pool.execute('SELECT id, name FROM waymark_users WHERE id = ?', [request.params.id]);
  // query() puts the values into the text. The span has the text without them.
  const [others] = await pool.query('SELECT name FROM waymark_users WHERE name <> ?', [rows[0].name]);
  return { ...rows[0], others };
});

const address = await app.listen({ port: 0, host: '127.0.0.1' });
// A client in its own thread. A call of fetch() in this thread would be traced too.
new Worker(`fetch('${address}/users/7')`, { eval: true }).on('exit', async () => {
  await app.close();
  await pool.query('DROP TABLE waymark_users');
  await pool.end();
});

// What you should see:
//
// trace fb0fa347e861745a3f743a95c5e33c0c  3 spans, 1 service, 32.2 ms
// users ▸ GET /users/:id 200                                        32.2 ms  ─────────────────────────
// ├─ → SELECT waymark_users 1 row SELECT id, name FROM waymark_us…  8.55 ms     ╶──────
// └─ → SELECT waymark_users 1 row SELECT name FROM waymark_users …  1.98 ms             ─╴

// A script with Node's built-in SQLite, from Node 22.13 on. Its queries are traced, with nothing to write for them.
import { DatabaseSync } from 'node:sqlite';
import { getTracer, withSpan } from '@waymark/core';

getTracer({ serviceName: 'report', exporter: 'console' });

const database = new DatabaseSync(':memory:');
// Outside of a span there is none for a query.
database.exec(`
  CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT, total INTEGER);
  INSERT INTO orders (customer, total) VALUES ('ada', 40), ('ada', 25), ('grace', 12);
`);

withSpan('monthlyReport', () => {
  const totals = database.prepare('SELECT customer, sum(total) AS total FROM orders GROUP BY customer').all();
  const insert = database.prepare('INSERT INTO orders (customer, total) VALUES (?, ?)');
  for (const { customer } of totals) insert.run(customer, 5);
});

// What you should see:
//
// trace a5d0aaf5f56e1f313b453afc78afffa7  4 spans, 1 service, 3.74 ms
// report monthlyReport                                              3.74 ms  ─────────────────────────
// ├─ → SELECT orders 2 rows SELECT customer, sum(total) AS total …  0.31 ms                ──
// ├─ → INSERT orders INSERT INTO orders (customer, total) VALUES …    55 µs                        ╴
// └─ → INSERT orders INSERT INTO orders (customer, total) VALUES …    17 µs                          ╴

// A database, and the span for a query. Waymark does not trace databases by itself yet.
import { withSpan } from '@waymark/core';
import sqlite from 'node-sqlite3-wasm';

const database = new sqlite.Database();
database.exec(`
  CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
  INSERT INTO users VALUES (7, 'Ada'), (8, 'Grace');
`);

/** Runs a query in a client span, with the attributes of OpenTelemetry's conventions for databases. */
export function query(summary, text, values) {
  const attributes = { 'db.system.name': 'sqlite', 'db.query.summary': summary, 'db.query.text': text };
  return withSpan(summary, { kind: 'client', attributes }, () => database.all(text, values));
}

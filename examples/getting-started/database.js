// Needs a PostgreSQL: `npx pglite-server --port 5433 --max-connections 10` is one without installation.
import pg from 'pg';

const connectionString = process.env.DATABASE_URL ?? 'postgres://postgres@localhost:5433/postgres';
export const database = new pg.Pool({ connectionString });

await database.query(`
  CREATE TABLE IF NOT EXISTS users (id integer PRIMARY KEY, name text);
  INSERT INTO users VALUES (7, 'Ada'), (8, 'Grace') ON CONFLICT DO NOTHING;
`);

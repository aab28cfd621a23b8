// @ts-check
// The database of the services: PostgreSQL in a process of the demo, or the server that DATABASE_URL names.
import pg from 'pg';
import { startProcess } from './processes.js';

// A server that you name gets a schema for the tables of the demo.
const schema = 'waymark_shop';

const tables = `
  CREATE SCHEMA IF NOT EXISTS ${schema};
  CREATE TABLE IF NOT EXISTS users (id integer PRIMARY KEY, name text, spent integer, orders integer);
  CREATE TABLE IF NOT EXISTS orders (id text PRIMARY KEY, user_id integer, total integer);
  CREATE TABLE IF NOT EXISTS discounts (channel text PRIMARY KEY, percent integer);
  CREATE TABLE IF NOT EXISTS baskets (user_id integer, product_id integer, PRIMARY KEY (user_id, product_id));
  CREATE TABLE IF NOT EXISTS products (id integer, name text, price integer); -- without an index

  INSERT INTO users VALUES (7, 'Ada', 65, 2), (8, 'Grace', 65, 2), (13, 'Blaise', 0, 0) ON CONFLICT DO NOTHING;
  INSERT INTO orders VALUES ('7-1', 7, 40), ('7-2', 7, 25), ('8-1', 8, 40), ('8-2', 8, 25) ON CONFLICT DO NOTHING;
  INSERT INTO discounts VALUES ('app', 20), ('web', 10) ON CONFLICT DO NOTHING;
  INSERT INTO baskets SELECT user_id, 100 * n FROM (VALUES (7), (8)) AS users (user_id), generate_series(1, 16) AS n
    ON CONFLICT DO NOTHING;
  INSERT INTO products SELECT n, 'sock ' || n, n % 40 FROM generate_series(1, 5000) AS n
    WHERE NOT EXISTS (SELECT FROM products);
`;

/** Starts the database, or connects to that of DATABASE_URL, and creates the tables that are missing. */
export async function startDatabase() {
  const named = process.env.DATABASE_URL;
  const server = named === undefined ? await startProcess('postgres', process.env) : undefined;
  const url = new URL(named ?? `postgres://postgres:postgres@127.0.0.1:${server?.port}/postgres`);
  url.searchParams.set('options', `-c search_path=${schema}`);
  try {
    const client = new pg.Client(url.href);
    await client.connect();
    await client.query(tables);
    await client.end();
  } catch (error) {
    await server?.stop();
    const { message } = /** @type {Error} */ (error); // of pg
    throw new Error(`The database${named ? ' in DATABASE_URL' : ''} does not work: ${message}`);
  }
  return {
    url: url.href,
    host: url.host,
    /** @param {(name: string) => void} report */
    onEnd: (report) => server?.onEnd(report),
    stop: async () => server?.stop(),
  };
}

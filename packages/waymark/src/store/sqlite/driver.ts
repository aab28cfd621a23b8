/** What the store asks of a SQLite library. Two can give it: Node's own, and SQLite as WebAssembly where Node has none. */
import { openNodeSqlite } from './node-sqlite-driver.ts';
import { openWasm } from './wasm-driver.ts';

export type SqlValue = string | number | Uint8Array | null;
export type Row = Readonly<Record<string, SqlValue>>;

export interface Statement {
  run(...values: readonly SqlValue[]): void;
  get(...values: readonly SqlValue[]): Row | undefined;
  all(...values: readonly SqlValue[]): readonly Row[];
}

export interface Driver {
  readonly name: DriverName;
  exec(sql: string): void;
  /** Statements are closed with the database. */
  prepare(sql: string): Statement;
  close(): void;
}

export type DriverName = 'node:sqlite' | 'node-sqlite3-wasm';

/** @param name Default: Node's own where it is there. */
export function openDriver(path: string, name: DriverName = bestDriver()): Driver {
  return name === 'node:sqlite' ? openNodeSqlite(path) : openWasm(path);
}

function bestDriver(): DriverName {
  return hasNodeSqlite() ? 'node:sqlite' : 'node-sqlite3-wasm';
}

/** Node 22.13 and later. */
export function hasNodeSqlite(): boolean {
  return process.getBuiltinModule('node:sqlite') !== undefined;
}

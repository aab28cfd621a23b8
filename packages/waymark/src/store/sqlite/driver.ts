/** What the store needs of a SQLite library. */

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

/** The SQLite that a store uses: Node's own, or the one that comes with Waymark. */
export type DriverName = 'node:sqlite' | 'node-sqlite3-wasm';

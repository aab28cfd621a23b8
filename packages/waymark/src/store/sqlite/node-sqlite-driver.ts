import type { Driver, Row, SqlValue } from './driver.ts';

/** The part of node:sqlite that is used. The types of the oldest supported Node.js lack it. */
interface NodeSqlite {
  readonly DatabaseSync: new (
    path: string,
    options?: { readonly readOnly?: boolean },
  ) => {
    exec(sql: string): void;
    prepare(sql: string): {
      run(...values: readonly SqlValue[]): unknown;
      get(...values: readonly SqlValue[]): Row | undefined;
      all(...values: readonly SqlValue[]): readonly Row[];
    };
    close(): void;
  };
}

export function openNodeSqlite(path: string, { readOnly = false }: { readonly readOnly?: boolean } = {}): Driver {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite') as unknown as NodeSqlite; // hasNodeSqlite() has checked
  const database = new DatabaseSync(path, { readOnly });
  return {
    name: 'node:sqlite',
    exec: (sql) => database.exec(sql),
    prepare(sql) {
      const statement = database.prepare(sql);
      return {
        run: (...values) => void statement.run(...values),
        get: (...values) => statement.get(...values),
        all: (...values) => statement.all(...values),
      };
    },
    close: () => database.close(),
  };
}

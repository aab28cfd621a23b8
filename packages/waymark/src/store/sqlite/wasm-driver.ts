import { rmSync } from 'node:fs';
import { Database } from 'node-sqlite3-wasm';
import type { Driver, Row, SqlValue } from './driver.ts';

/**
 * SQLite as WebAssembly. It locks by making a folder beside the file, which a process that is killed leaves behind: whoever
 * opens the file owns it already (owner-file.ts), so one that is there is stale.
 */
export function openWasm(path: string): Driver {
  rmSync(`${path}.lock`, { recursive: true, force: true });
  const database = new Database(path);
  // The write-ahead log needs shared memory, which there is none of, unless nobody else may read.
  database.exec('PRAGMA locking_mode = EXCLUSIVE');
  const statements: { finalize(): void }[] = [];
  return {
    name: 'node-sqlite3-wasm',
    exec: (sql) => database.exec(sql),
    prepare(sql) {
      const statement = database.prepare(sql);
      statements.push(statement);
      return {
        run: (...values) => void statement.run(listOf(values)),
        // Its own get() stops at the first row, and what has not come to its end keeps a transaction open.
        get: (...values) => statement.all(listOf(values))[0] as Row | undefined, // no value is beyond 2^53
        all: (...values) => statement.all(listOf(values)) as unknown as readonly Row[], // as above
      };
    },
    close() {
      // Statements that are open keep the lock.
      for (const statement of statements) statement.finalize();
      database.close();
    },
  };
}

function listOf(values: readonly SqlValue[]): SqlValue[] {
  return [...values];
}

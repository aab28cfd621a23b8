import { rmSync } from 'node:fs';
import { Database } from 'node-sqlite3-wasm';
import type { Driver, Row, SqlValue, Statement } from './driver.ts';

type PreparedStatement = ReturnType<Database['prepare']>;

/**
 * SQLite as WebAssembly. It locks a file with a folder next to it, which a killed process leaves behind. This process
 * owns the file already (owner-file.ts), so an existing folder is stale.
 */
export function openWasm(path: string): Driver {
  rmSync(`${path}.lock`, { recursive: true, force: true });
  const database = new Database(path);
  // The write-ahead log needs shared memory, which WebAssembly lacks. With an exclusive lock it needs none.
  database.exec('PRAGMA locking_mode = EXCLUSIVE');
  const open = new Set<() => void>();

  function prepare(sql: string): Statement {
    let statement: PreparedStatement | undefined = database.prepare(sql);
    open.add(finalize);

    function finalize(): void {
      try {
        statement?.finalize();
      } catch {
        // it repeats the error of its last run
      }
    }

    function attempt<Result>(run: (statement: PreparedStatement) => Result): Result {
      try {
        statement ??= database.prepare(sql);
        return run(statement);
      } catch (error) {
        // A failed statement would fail again on its next run, whatever it does then.
        finalize();
        statement = undefined;
        throw error;
      }
    }

    return {
      run: (...values) => void attempt((ready) => ready.run(listOf(values))),
      // The library's get() stops at the first row, and an unfinished statement keeps a transaction open.
      get: (...values) => attempt((ready) => ready.all(listOf(values))[0] as Row | undefined), // no value is above 2^53
      all: (...values) => attempt((ready) => ready.all(listOf(values)) as unknown as readonly Row[]), // no value is above 2^53
    };
  }

  return {
    name: 'node-sqlite3-wasm',
    exec: (sql) => database.exec(sql),
    prepare,
    close() {
      // Open statements keep the lock.
      for (const finalize of open) finalize();
      database.close();
    },
  };
}

function listOf(values: readonly SqlValue[]): SqlValue[] {
  return [...values];
}

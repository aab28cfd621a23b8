import { rmSync } from 'node:fs';
import { Database } from 'node-sqlite3-wasm';
import type { Driver, Row, SqlValue, Statement } from './driver.ts';

type PreparedStatement = ReturnType<Database['prepare']>;

/**
 * SQLite as WebAssembly. It locks by making a folder beside the file, which a process that is killed leaves behind: whoever
 * opens the file owns it already (owner-file.ts), so one that is there is stale.
 */
export function openWasm(path: string): Driver {
  rmSync(`${path}.lock`, { recursive: true, force: true });
  const database = new Database(path);
  // The write-ahead log needs shared memory, which there is none of, unless nobody else may read.
  database.exec('PRAGMA locking_mode = EXCLUSIVE');
  const open = new Set<() => void>();

  function prepare(sql: string): Statement {
    let statement: PreparedStatement | undefined = database.prepare(sql);
    open.add(finalize);

    function finalize(): void {
      try {
        statement?.finalize();
      } catch {
        // it tells once more what its last run has told
      }
    }

    function attempt<Result>(run: (statement: PreparedStatement) => Result): Result {
      try {
        statement ??= database.prepare(sql);
        return run(statement);
      } catch (error) {
        // A statement that has failed would fail once more when it is run next, whatever it does then.
        finalize();
        statement = undefined;
        throw error;
      }
    }

    return {
      run: (...values) => void attempt((ready) => ready.run(listOf(values))),
      // Its own get() stops at the first row, and what has not come to its end keeps a transaction open.
      get: (...values) => attempt((ready) => ready.all(listOf(values))[0] as Row | undefined), // no value is beyond 2^53
      all: (...values) => attempt((ready) => ready.all(listOf(values)) as unknown as readonly Row[]), // nor here
    };
  }

  return {
    name: 'node-sqlite3-wasm',
    exec: (sql) => database.exec(sql),
    prepare,
    close() {
      // Statements that are open keep the lock.
      for (const finalize of open) finalize();
      database.close();
    },
  };
}

function listOf(values: readonly SqlValue[]): SqlValue[] {
  return [...values];
}

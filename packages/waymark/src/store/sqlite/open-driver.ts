/** Opens a file with one of two SQLite libraries: Node's own, or SQLite as WebAssembly if Node has none. */
import { reasonOf } from '../reason-of.ts';
import { StoreDamaged } from '../store-damaged.ts';
import type { Driver, DriverName } from './driver.ts';
import { openNodeSqlite } from './node-sqlite-driver.ts';
import { openWasm } from './wasm-driver.ts';

/**
 * @param name Default: Node's own SQLite, if there is one.
 * @throws {StoreDamaged} Here, and from all methods of the driver, if a page of the file is not what SQLite wrote.
 */
export function openDriver(path: string, name: DriverName = bestDriver()): Driver {
  return openReportingDamage(path, () => (name === 'node:sqlite' ? openNodeSqlite(path) : openWasm(path)));
}

/** Opens a file in addition to its store, if {@link canReadBeside} allows it. Writing to it fails. */
export function openReadOnly(path: string): Driver {
  return openReportingDamage(path, () => openNodeSqlite(path, { readOnly: true }));
}

function openReportingDamage(path: string, open: () => Driver): Driver {
  return reportDamage(path, () => {
    const driver = open();
    return {
      name: driver.name,
      exec: (sql) => reportDamage(path, () => driver.exec(sql)),
      prepare: (sql) => {
        const statement = reportDamage(path, () => driver.prepare(sql));
        return {
          run: (...values) => reportDamage(path, () => statement.run(...values)),
          get: (...values) => reportDamage(path, () => statement.get(...values)),
          all: (...values) => reportDamage(path, () => statement.all(...values)),
        };
      },
      close: () => driver.close(),
    };
  });
}

function reportDamage<Result>(path: string, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    // The messages of both drivers for SQLITE_CORRUPT and SQLITE_NOTADB, and for SQLITE_CONSTRAINT if a table and its
    // index disagree.
    if (!/malformed|not a database|constraint failed/.test(reasonOf(error))) throw error;
    throw new StoreDamaged(path, error);
  }
}

/**
 * Whether a second thread can read the file while the first one writes it. WebAssembly has no memory that both could
 * share.
 */
export function canReadBeside(name: DriverName = bestDriver()): boolean {
  return name === 'node:sqlite';
}

function bestDriver(): DriverName {
  return hasNodeSqlite() ? 'node:sqlite' : 'node-sqlite3-wasm';
}

/** Node 22.13 and later. */
export function hasNodeSqlite(): boolean {
  return process.getBuiltinModule('node:sqlite') !== undefined;
}

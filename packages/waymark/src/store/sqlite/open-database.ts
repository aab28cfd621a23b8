/** Opens the file, or makes it; refuses one that it cannot read, and leaves that as it is. */
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Driver, type DriverName, openDriver } from './driver.ts';
import { applicationId, readFileHeader } from './file-header.ts';
import { ownFile, StoreInUse } from './owner-file.ts';

/** The layout below. A change of it adds a step that brings older files up to it. */
const layoutVersion = 1;

export interface OpenDatabase {
  readonly driver: Driver;
  close(): void;
}

class StoreUnreadable extends Error {
  readonly code: 'WAYMARK_STORE_UNREADABLE' = 'WAYMARK_STORE_UNREADABLE';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreUnreadable';
  }
}

/**
 * @throws {StoreInUse} If another process has it.
 * @throws {StoreUnreadable} If it is no database, damaged, of something else, or of a newer Waymark. It is left as it is.
 */
export function openDatabase(path: string, driverName?: DriverName): OpenDatabase {
  const folder = dirname(path);
  const isNewFolder = mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined;
  if (isNewFolder) chmodSync(folder, 0o700);
  const disown = ownFile(path);
  let driver: Driver | undefined;
  try {
    const isNew = checkHeader(path);
    if (isNew) closeSync(openSync(path, 'a', 0o600)); // before SQLite makes it for everybody to read
    driver = openDriver(path, driverName);
    prepareDatabase(driver, isNew);
    const opened = driver;
    return {
      driver: opened,
      close() {
        try {
          opened.exec('PRAGMA wal_checkpoint(TRUNCATE)');
        } finally {
          opened.close(); // and what is in the log only is found there by whoever opens it next
          disown();
        }
      },
    };
  } catch (error) {
    driver?.close();
    disown();
    if (error instanceof StoreUnreadable) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    if (/database is locked/.test(reason)) throw new StoreInUse(path, undefined);
    throw unreadable(`${path} cannot be read: ${reason}.`, { cause: error });
  }
}

function unreadable(what: string, options?: ErrorOptions): StoreUnreadable {
  return new StoreUnreadable(
    `${what} It was left as it is. Move it away, or choose another file (--db) or none (--memory).`,
    options,
  );
}

/** @returns Whether there is nothing in it yet. */
function checkHeader(path: string): boolean {
  const header = readFileHeader(path);
  switch (header.type) {
    case 'absent':
    case 'empty':
      return true;
    case 'no-database':
      throw unreadable(`${path} is no database.`);
    case 'foreign':
      throw unreadable(`${path} is a database of something else.`);
    case 'ours':
      if (header.layoutVersion <= layoutVersion) return false;
      throw unreadable(
        `${path} was written by a newer Waymark (layout ${header.layoutVersion}, this one knows ${layoutVersion}).`,
      );
  }
}

function prepareDatabase(driver: Driver, isNew: boolean): void {
  // Nobody else may open it, and what need not be shared is quicker.
  driver.exec('PRAGMA locking_mode = EXCLUSIVE');
  driver.exec('PRAGMA auto_vacuum = INCREMENTAL'); // heeded before the first table only
  // Survives the process at any moment; the last batches of a machine that loses power may be missing.
  driver.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY');
  driver.exec('PRAGMA cache_size = -65536; PRAGMA journal_size_limit = 67108864'); // 64 MiB each
  // Pages that each batch changes again are written back once for many of them: 32 MiB.
  driver.exec('PRAGMA wal_autocheckpoint = 8192');
  if (isNew) {
    // In the file and not only in its log, so that the next to come can read whose it is. Tables may be there if a process was
    // killed in between.
    driver.exec(`BEGIN IMMEDIATE; ${layout};
      PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${layoutVersion}; COMMIT;
      PRAGMA wal_checkpoint(TRUNCATE)`);
  }
  driver.prepare('SELECT count(*) AS count FROM services').get();
}

export const tableNames = [
  'names',
  'traces',
  'chunks',
  'terms',
  'durations',
  'failures',
  'operation_slots',
  'map_slots',
  'services',
] as const;

const layout = `
CREATE TABLE IF NOT EXISTS names (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS traces (
  tid INTEGER PRIMARY KEY,
  trace_id BLOB NOT NULL UNIQUE,
  service INTEGER NOT NULL,
  name INTEGER NOT NULL,
  has_root INTEGER NOT NULL,
  start REAL NOT NULL,
  duration REAL NOT NULL,
  longest_span REAL NOT NULL,
  spans INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  services TEXT NOT NULL,
  added REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS traces_by_start ON traces (start DESC, trace_id, longest_span);
CREATE INDEX IF NOT EXISTS traces_by_age ON traces (service, failed, added);
CREATE TABLE IF NOT EXISTS chunks (cid INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS terms (hash INTEGER NOT NULL, tid INTEGER NOT NULL, PRIMARY KEY (hash, tid)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS durations (
  operation INTEGER NOT NULL,
  start REAL NOT NULL,
  tid INTEGER NOT NULL,
  number INTEGER NOT NULL,
  duration REAL NOT NULL,
  PRIMARY KEY (operation, start, tid, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS failures (
  tid INTEGER NOT NULL,
  span_id TEXT NOT NULL,
  time REAL NOT NULL,
  service INTEGER NOT NULL,
  name INTEGER NOT NULL,
  type TEXT NOT NULL,
  message TEXT NOT NULL,
  frame TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS failures_by_time ON failures (time);
CREATE INDEX IF NOT EXISTS failures_by_trace ON failures (tid);
CREATE TABLE IF NOT EXISTS operation_slots (
  level INTEGER NOT NULL, number INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (level, number)
);
CREATE TABLE IF NOT EXISTS map_slots (
  level INTEGER NOT NULL, number INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (level, number)
);
CREATE TABLE IF NOT EXISTS services (
  service INTEGER PRIMARY KEY,
  plain INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  traces INTEGER NOT NULL,
  spans INTEGER NOT NULL
)`;

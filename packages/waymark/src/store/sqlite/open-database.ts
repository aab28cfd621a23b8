/** Opens the file, or makes it; refuses one that it cannot read, and leaves that as it is. */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Driver, type DriverName, openDriver } from './driver.ts';
import { ownFile } from './owner-file.ts';

/** The layout below. A change of it adds a step that brings older files up to it. */
const layoutVersion = 1;

export interface OpenDatabase {
  readonly driver: Driver;
  close(): void;
}

export class StoreUnreadable extends Error {
  readonly code: 'WAYMARK_STORE_UNREADABLE' = 'WAYMARK_STORE_UNREADABLE';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreUnreadable';
  }
}

/**
 * @throws {StoreInUse} If another process has it.
 * @throws {StoreUnreadable} If it is no database, damaged, or of a newer Waymark.
 */
export function openDatabase(path: string, driverName?: DriverName): OpenDatabase {
  const isNew = !existsSync(path);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const disown = ownFile(path);
  let driver: Driver | undefined;
  try {
    if (isNew) closeSync(openSync(path, 'wx', 0o600)); // before SQLite makes it for everybody to read
    driver = openDriver(path, driverName);
    prepareDatabase(driver, path);
    chmodSync(path, 0o600);
  } catch (error) {
    driver?.close();
    disown();
    if (error instanceof StoreUnreadable) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreUnreadable(
      `${path} cannot be read: ${reason}. It was left as it is. Move it away, or choose another file (--db) or none (--memory).`,
      { cause: error },
    );
  }
  const opened = driver;
  return {
    driver: opened,
    close() {
      opened.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      opened.close();
      disown();
    },
  };
}

function prepareDatabase(driver: Driver, path: string): void {
  driver.exec('PRAGMA auto_vacuum = INCREMENTAL'); // heeded before the first table only
  const version = Number(driver.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  if (version > layoutVersion) {
    throw new StoreUnreadable(
      `${path} was written by a newer Waymark (layout ${version}, this one knows ${layoutVersion}). ` +
        'It was left as it is. Update, or choose another file (--db) or none (--memory).',
    );
  }
  // Survives the process at any moment; the last batches of a machine that loses power may be missing.
  driver.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY');
  driver.exec('PRAGMA cache_size = -65536'); // 64 MiB
  if (version === 0) {
    const tables = driver.prepare("SELECT count(*) AS count FROM sqlite_schema WHERE name <> 'sqlite_sequence'").get();
    if (Number(tables?.count) > 0) {
      throw new StoreUnreadable(
        `${path} is a database of something else. It was left as it is. Choose another file (--db).`,
      );
    }
    driver.exec(`BEGIN; ${layout}; PRAGMA user_version = ${layoutVersion}; COMMIT`);
  }
}

export const tableNames = ['names', 'traces', 'chunks', 'terms', 'durations', 'failures', 'slots', 'services'] as const;

const layout = `
CREATE TABLE names (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE traces (
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
CREATE INDEX traces_by_start ON traces (start DESC, trace_id, longest_span);
CREATE INDEX traces_by_age ON traces (service, failed, added);
CREATE TABLE chunks (cid INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE terms (hash INTEGER NOT NULL, tid INTEGER NOT NULL, PRIMARY KEY (hash, tid)) WITHOUT ROWID;
CREATE TABLE durations (
  operation INTEGER NOT NULL,
  start REAL NOT NULL,
  tid INTEGER NOT NULL,
  number INTEGER NOT NULL,
  duration REAL NOT NULL,
  PRIMARY KEY (operation, start, tid, number)
) WITHOUT ROWID;
CREATE TABLE failures (
  tid INTEGER NOT NULL,
  span_id TEXT NOT NULL,
  time REAL NOT NULL,
  service INTEGER NOT NULL,
  name INTEGER NOT NULL,
  type TEXT NOT NULL,
  message TEXT NOT NULL,
  frame TEXT NOT NULL
);
CREATE INDEX failures_by_time ON failures (time);
CREATE INDEX failures_by_trace ON failures (tid);
CREATE TABLE slots (level INTEGER NOT NULL, number INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (level, number));
CREATE TABLE services (
  service INTEGER PRIMARY KEY,
  plain INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  traces INTEGER NOT NULL,
  spans INTEGER NOT NULL
)`;

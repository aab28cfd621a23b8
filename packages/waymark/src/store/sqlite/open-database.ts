/** Opens the file, or creates it. Refuses a file that it cannot read, and does not change it. */
import { chmodSync, closeSync, mkdirSync, openSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { reasonOf } from '../reason-of.ts';
import { StoreDamaged } from '../store-damaged.ts';
import type { Driver, DriverName } from './driver.ts';
import { applicationId, readFileHeader } from './file-header.ts';
import { layout, layoutVersion } from './layout.ts';
import { beginSteps, type SpansSetAside } from './layout-steps.ts';
import { openDriver } from './open-driver.ts';
import { otherNamesOf } from './other-names.ts';
import { ownFile } from './owner-file.ts';
import { StoreInUse } from './store-in-use.ts';
import { StoreNotClosed } from './store-not-closed.ts';

export interface OpenDatabase {
  readonly driver: Driver;
  /** What the store must do first for a file of an earlier layout, in the open transaction. */
  readonly upgrade: Upgrade | undefined;
  /** Closes the file after such a failure, and returns an error that says what is wrong with it. */
  abandon(error: unknown): unknown;
  /** Whether the file is still in its place: not deleted, and not replaced by another file. */
  isInPlace(): boolean;
  /** @throws {StoreNotClosed} After closing as much of it as possible. */
  close(): void;
}

export interface Upgrade {
  /** Spans to add again. */
  readonly spans: SpansSetAside | undefined;
  commit(): void;
}

class StoreUnreadable extends Error {
  readonly code: 'WAYMARK_STORE_UNREADABLE' = 'WAYMARK_STORE_UNREADABLE';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreUnreadable';
  }
}

/**
 * @throws {StoreInUse} If another process has opened it.
 * @throws {StoreUnreadable} If the file is not a database, is damaged, belongs to another program or a newer Waymark,
 *   or has a second name. The file is not changed.
 */
export function openDatabase(path: string, driverName?: DriverName): OpenDatabase {
  const { real, disown } = takeFile(path);
  let driver: Driver | undefined;

  function abandon(error: unknown): unknown {
    try {
      driver?.close();
    } catch {
      // the first error says more
    }
    disown();
    if (error instanceof StoreUnreadable) return error;
    const reason = error instanceof StoreDamaged ? error.reason : reasonOf(error);
    if (/database is locked/.test(reason)) return new StoreInUse(real, undefined);
    return unreadable(`${path} cannot be read: ${reason}.`, { cause: error });
  }

  try {
    checkHeader(real);
    driver = openDriver(real, driverName);
    const opened = driver;
    const identity = identityOf(real);
    const steps = prepareDatabase(opened, real);
    return {
      driver: opened,
      upgrade: steps && {
        spans: steps.spans,
        commit() {
          steps.spans?.drop();
          // The layout must be in the file and not only in its log: an older Waymark reads it before it opens the file.
          opened.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)');
        },
      },
      abandon,
      isInPlace: () => identityOf(real) === identity,
      close() {
        try {
          // Both may fail. The second one releases the file in any case.
          try {
            opened.exec('PRAGMA wal_checkpoint(TRUNCATE)');
          } finally {
            opened.close();
          }
        } catch (error) {
          throw new StoreNotClosed(
            `${real} could not be closed: ${reasonOf(error)}. No stored span is lost: spans that are not in it are in ` +
              `${real}-wal, where the next start finds them. Keep both files. If the disk is full, free some space first.`,
            { cause: error },
          );
        } finally {
          disown();
        }
      },
    };
  } catch (error) {
    throw abandon(error);
  }
}

function takeFile(path: string): { readonly real: string; disown(): void } {
  try {
    const real = makeFile(path);
    const otherNames = otherNamesOf(real);
    if (otherNames !== undefined) throw unreadable(`${path} cannot be opened: ${otherNames}.`);
    return { real, disown: ownFile(real) };
  } catch (error) {
    if (error instanceof StoreInUse || error instanceof StoreUnreadable) throw error;
    throw unreadable(`${path} cannot be opened: ${reasonOf(error)}.`, { cause: error });
  }
}

/** @returns The path without links: the log and the owner's socket are next to the file that a link leads to. */
function makeFile(path: string): string {
  const folder = dirname(path);
  const isNewFolder = mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined;
  if (isNewFolder) chmodSync(folder, 0o700);
  closeSync(openSync(path, 'a', 0o600)); // before SQLite creates it, readable by every user
  return realpathSync(path);
}

/** `undefined` if there is no file. */
function identityOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found && `${found.dev} ${found.ino}`;
}

function unreadable(what: string, options?: ErrorOptions): StoreUnreadable {
  return new StoreUnreadable(
    `${what} The file was not changed. Move it away, or choose another file (--db) or none (--memory).`,
    options,
  );
}

function checkHeader(path: string): void {
  const header = readFileHeader(path);
  switch (header.type) {
    case 'absent':
    case 'empty':
      break;
    case 'no-database':
      throw unreadable(`${path} is not a database.`);
    case 'foreign':
      throw unreadable(`${path} is a database of another program.`);
    case 'ours':
      checkVersion(path, header.layoutVersion);
  }
}

function checkVersion(path: string, version: number): void {
  if (version <= layoutVersion) return;
  throw unreadable(`${path} was written by a newer Waymark (layout ${version}, this one knows ${layoutVersion}).`);
}

/** @returns The steps from an earlier layout, in an open transaction; `undefined` if there are none. */
function prepareDatabase(driver: Driver, path: string): ReturnType<typeof beginSteps> {
  driver.exec('PRAGMA busy_timeout = 1000'); // readers in this process hold no lock for longer
  const isNew = Number(driver.prepare('PRAGMA schema_version').get()?.schema_version) === 0;
  if (isNew) {
    driver.exec('PRAGMA auto_vacuum = INCREMENTAL'); // has an effect only before the first table
    // Must come before the log, which would write a first page without the application id.
    driver.exec(`PRAGMA application_id = ${applicationId}`);
  }
  // Committed batches survive the end of the process at any moment. If a machine loses power, its last batches may be
  // missing.
  driver.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY');
  driver.exec('PRAGMA cache_size = -65536; PRAGMA journal_size_limit = 67108864'); // 64 MiB each
  // Pages that every batch changes are written back once for many batches: 32 MiB.
  driver.exec('PRAGMA wal_autocheckpoint = 8192');
  if (isNew) {
    // The layout must be in the file and not only in its log, so that the next start can read it.
    driver.exec(`BEGIN IMMEDIATE; ${layout};
      PRAGMA user_version = ${layoutVersion}; COMMIT; PRAGMA wal_checkpoint(TRUNCATE)`);
    return undefined;
  }
  // The header is out of date if a process was killed between a commit and its checkpoint.
  const version = Number(driver.prepare('PRAGMA user_version').get()?.user_version);
  checkVersion(path, version);
  return beginSteps(driver, version);
}

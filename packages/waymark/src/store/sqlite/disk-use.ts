/**
 * How much of the disk a store takes: its file, with pages that are free again, and the write-ahead log beside it. The limit is for all
 * of these; pages that are in use may have what the log and the free pages leave.
 */
import { realpathSync, statSync } from 'node:fs';
import type { Driver } from './driver.ts';

export interface DiskUse {
  /** On the disk, now. */
  byteCount(): number;
  /** Whether the pages in use are more than the limit allows. */
  isOverLimit(): boolean;
  /** Gives some of what is free back, outside of transactions. @returns whether there is more. */
  giveBack(): boolean;
  /** Gives back all that is free. */
  giveBackAll(): void;
}

const maxLogBytes = 64 * 1024 * 1024;
const maxFreeBytes = 16 * 1024 * 1024;

// Some milliseconds.
const pagesPerStep = 1000;

export interface DiskUseOptions {
  readonly driver: Driver;
  readonly path: string;
  /** Of all that is on the disk. */
  readonly maxBytes: number;
  /** Runs the work while no other connection reads the file. */
  withoutReaders<Result>(work: () => Result): Result;
}

export function createDiskUse({ driver, path, maxBytes, withoutReaders }: DiskUseOptions): DiskUse {
  const logPath = `${realpathSync(path)}-wal`; // beside the file that a link leads to
  const sql = {
    pages: driver.prepare('PRAGMA page_count'),
    freePages: driver.prepare('PRAGMA freelist_count'),
  };
  const pageSize = Number(driver.prepare('PRAGMA page_size').get()?.page_size);
  // Free pages are used again by what comes next, so some are kept.
  const freeBytes = Math.min(maxFreeBytes, maxBytes / 16);
  const logBytes = Math.min(maxLogBytes, maxBytes / 8);
  // Pages that each batch changes are written back once for many batches: when half of the log is full, since the last of these
  // may be large.
  driver.exec(`PRAGMA wal_autocheckpoint = ${Math.max(Math.floor(logBytes / 2 / pageSize), 1)}`);
  driver.exec(`PRAGMA journal_size_limit = ${Math.floor(logBytes / 2)}`);

  /** SQLite begins the log anew when no reader is in it: where readers take turns, there may be no such moment for long. */
  function writeBack(): void {
    withoutReaders(() => driver.exec('PRAGMA wal_checkpoint(TRUNCATE)'));
  }

  function byteCount(): number {
    return sizeOf(path) + sizeOf(logPath);
  }

  function freePages(): number {
    return Number(sql.freePages.get()?.freelist_count);
  }

  return {
    byteCount,

    isOverLimit() {
      const usedPages = Number(sql.pages.get()?.page_count) - freePages();
      return usedPages * pageSize > maxBytes - logBytes - freeBytes;
    },

    giveBack() {
      if (freePages() * pageSize > freeBytes) driver.exec(`PRAGMA incremental_vacuum(${pagesPerStep})`);
      // The file gets shorter when the log is written back.
      if (sizeOf(logPath) > logBytes || byteCount() > maxBytes) writeBack();
      return freePages() * pageSize > freeBytes;
    },

    giveBackAll() {
      driver.exec('PRAGMA incremental_vacuum');
      writeBack();
    },
  };
}

/** 0 if there is none. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

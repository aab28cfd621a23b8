/**
 * Measures and limits the disk space of a store: its file, including free pages, and the write-ahead log next to it.
 * The limit is for all of these. Pages in use may have what the log and the free pages leave.
 */
import { realpathSync, statSync } from 'node:fs';
import type { Driver } from './driver.ts';

export interface DiskUse {
  /** Bytes on the disk, now. */
  byteCount(): number;
  /** Whether the pages in use exceed their part of the limit. */
  isOverLimit(): boolean;
  /** Returns some free pages to the file system, outside of transactions. @returns Whether there are more. */
  giveBack(): boolean;
  /** Returns all free pages to the file system. */
  giveBackAll(): void;
}

const maxLogBytes = 64 * 1024 * 1024;
const maxFreeBytes = 16 * 1024 * 1024;

// Takes a few milliseconds.
const pagesPerStep = 1000;

export interface DiskUseOptions {
  readonly driver: Driver;
  readonly path: string;
  /** The limit for everything on the disk. */
  readonly maxBytes: number;
  /** Runs the work while no other connection reads the file. */
  withoutReaders<Result>(work: () => Result): Result;
}

export function createDiskUse({ driver, path, maxBytes, withoutReaders }: DiskUseOptions): DiskUse {
  const logPath = `${realpathSync(path)}-wal`; // next to the file that a link leads to
  const sql = {
    pages: driver.prepare('PRAGMA page_count'),
    freePages: driver.prepare('PRAGMA freelist_count'),
  };
  const pageSize = Number(driver.prepare('PRAGMA page_size').get()?.page_size);
  // Some free pages are kept for the next spans.
  const freeBytes = Math.min(maxFreeBytes, maxBytes / 16);
  const logBytes = Math.min(maxLogBytes, maxBytes / 8);
  // Pages that every batch changes are written back once for many batches: when half of the log is full, since the last
  // batch may be large.
  driver.exec(`PRAGMA wal_autocheckpoint = ${Math.max(Math.floor(logBytes / 2 / pageSize), 1)}`);
  driver.exec(`PRAGMA journal_size_limit = ${Math.floor(logBytes / 2)}`);

  /**
   * SQLite restarts the log when no reader uses it. While readers take turns, there may be no such moment for a long
   * time.
   */
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
      // The file becomes shorter when the log is written back.
      if (sizeOf(logPath) > logBytes || byteCount() > maxBytes) writeBack();
      return freePages() * pageSize > freeBytes;
    },

    giveBackAll() {
      driver.exec('PRAGMA incremental_vacuum');
      writeBack();
    },
  };
}

/** 0 if there is no file. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** The spool files of processes that have ended. This process takes them over by renaming them, and opens one after the other. */
import { readdirSync, renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostics } from '../../diagnostics.ts';
import { statOwnFile } from './own-file.ts';
import { isOwnerGone, noOwner } from './owner.ts';
import { identifySegment, openSegment, type Segment } from './segment.ts';

export interface FoundFilesOptions {
  readonly directory: string;
  /** This process, as in the names of its files. */
  readonly owner: string;
  readonly format: string;
  readonly diagnostics: Diagnostics;
  /** Whether this process may keep that many more bytes. */
  hasRoomFor(byteCount: number): boolean;
  /** Calls a function, and counts an error. */
  attempt(run: () => void): void;
}

export interface FoundFiles {
  /** Looks for files, and takes over those whose owner is gone. */
  adopt(): void;
  /** Opens the oldest file that was taken over. `undefined` without one that can be opened. */
  openNext(): Segment | undefined;
  /** Bytes of the files that are not open yet. */
  byteCount(): number;
  isEmpty(): boolean;
  /** Gives the files names without an owner, so that any process takes them over. */
  leaveAllToOthers(): void;
}

export function createFoundFiles({
  directory,
  owner,
  format,
  diagnostics,
  hasRoomFor,
  attempt,
}: FoundFilesOptions): FoundFiles {
  /** Oldest first. */
  const files: { readonly path: string; readonly byteCount: number }[] = [];
  const leftAlone = new Set<string>();
  let byteCount = 0;

  function adopt(): void {
    let names: readonly string[] = [];
    attempt(() => {
      names = readdirSync(directory).sort();
    });
    for (const name of names) {
      let hasRoom = true;
      // A file that fails does not hold up the files behind it.
      attempt(() => {
        hasRoom = adoptFile(name);
      });
      if (!hasRoom) break;
    }
  }

  /** Returns whether there is room for more. */
  function adoptFile(file: string): boolean {
    const [, name, itsOwner] = /^([^.]+)\.([^.]+)\.spool$/.exec(file) ?? [];
    if (name === undefined || itsOwner === undefined || itsOwner === owner) return true;
    const path = join(directory, file);
    const stats = statOwnFile(path);
    if (stats === 'foreign') leaveAlone(path, 'is not a regular file of this user');
    if (stats === undefined || stats === 'foreign') return true;
    if (!isOwnerGone(itsOwner, stats.mtimeMs) || !isOurs(path)) return true;
    // A file that does not fit is left for later, or for other processes.
    if (!hasRoomFor(stats.size)) return false;
    const newPath = join(directory, `${name}.${owner}.spool`);
    try {
      renameSync(path, newPath);
    } catch {
      return true; // another process was first
    }
    files.push({ path: newPath, byteCount: stats.size });
    byteCount += stats.size;
    return true;
  }

  function isOurs(path: string): boolean {
    const kind = identifySegment(path, format);
    if (kind === 'unfinished') unlinkSync(path);
    if (kind === 'unknown') leaveAlone(path, 'is of another version, or damaged');
    return kind === 'ours';
  }

  function leaveAlone(path: string, why: string): void {
    if (leftAlone.has(path)) return;
    leftAlone.add(path);
    diagnostics.note('warn', `${path} ${why}, and was left alone`);
  }

  function openNext(): Segment | undefined {
    for (let next = files.shift(); next !== undefined; next = files.shift()) {
      byteCount -= next.byteCount;
      try {
        const { segment, damagedCount } = openSegment(next.path, format);
        if (damagedCount > 0) diagnostics.count('spool-damaged', next.path);
        return segment;
      } catch (error) {
        diagnostics.count('spool-failed', error);
        leaveToOthers(next.path); // this process tries again in the next round: it may be short of file descriptors now
      }
    }
    return undefined;
  }

  function leaveToOthers(path: string): void {
    attempt(() => renameSync(path, path.replace(`.${owner}.`, `.${noOwner}.`)));
  }

  return {
    adopt,
    openNext,
    byteCount: () => byteCount,
    isEmpty: () => files.length === 0,
    leaveAllToOthers() {
      for (const { path } of files) leaveToOthers(path);
      files.length = 0;
      byteCount = 0;
    },
  };
}

/**
 * Owns a file by a second file next to it, which has the number of the process. It is for file systems without sockets,
 * such as some that virtual machines share. It cannot distinguish processes of two containers.
 */
import { readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
import { StoreInUse } from './store-in-use.ts';

interface Owner {
  readonly pid: number;
  /** Distinguishes a process from an earlier one with the same number, if the system allows it. */
  readonly started?: string | undefined;
  readonly thread: number;
}

/**
 * @returns A function that releases the file.
 * @throws {StoreInUse} If a running process owns it.
 */
export function ownByPidFile(path: string): () => void {
  const file = ownerFile(path);
  const own: Owner = { pid: process.pid, started: statOf(process.pid)?.started, thread: threadId };
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(file, JSON.stringify(own), { flag: 'wx', mode: 0o600 });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt === 3) throw error;
    }
    takeAway(path, file);
  }
}

/**
 * Removes the file of a killed process. Two processes may try at the same time: one that has moved a file other than
 * the one it read puts it back.
 */
function takeAway(path: string, file: string): void {
  const before = readText(file);
  const owner = readOwner(before);
  if (owner !== undefined && isAlive(owner)) throw new StoreInUse(path, owner.pid);
  const aside = `${file}.${process.pid}.${threadId}`;
  try {
    renameSync(file, aside);
  } catch {
    return; // it is gone already
  }
  const moved = readText(aside);
  if (moved !== before) {
    const other = readOwner(moved);
    renameSync(aside, file);
    throw new StoreInUse(path, other?.pid);
  }
  rmSync(aside, { force: true });
}

/** Releases the file for a thread of this process that has failed. */
export function disownPidFile(path: string, thread: number): void {
  let file = ownerFile(path);
  try {
    file = ownerFile(realpathSync(path));
  } catch {
    // it is deleted already
  }
  const owner = readOwner(readText(file));
  if (owner?.pid === process.pid && owner.thread === thread) rmSync(file, { force: true });
}

function ownerFile(path: string): string {
  return `${path}.owner`;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** `undefined` if a crash cut it off. */
function readOwner(text: string): Owner | undefined {
  try {
    const { pid, started, thread = 0 } = JSON.parse(text) as Partial<Owner>; // checked below
    return Number.isInteger(pid) ? { pid: pid as number, started, thread } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, started }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const stat = statOf(pid);
  if (stat === undefined) return true; // not Linux, or not readable
  // A killed process keeps its number until its parent reads its status, which may never happen. It holds no files.
  if (stat.state === 'Z' || stat.state === 'X') return false;
  return started === undefined || started === stat.started;
}

/** Only Linux has this without running another program: fields 3 and 22 of /proc/pid/stat. */
function statOf(pid: number): { readonly state: string | undefined; readonly started: string | undefined } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], started: fields[19] };
  } catch {
    return undefined;
  }
}

/**
 * Who has the database open. SQLite's locks do not tell two processes of different drivers apart, so one thread of one process at
 * a time may have the file, and says so in a file beside it.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';

interface Owner {
  readonly pid: number;
  /** What sets a process apart from an earlier one with its number; where the system tells. */
  readonly started?: string | undefined;
  readonly thread: number;
}

export class StoreInUse extends Error {
  readonly code: 'WAYMARK_STORE_IN_USE' = 'WAYMARK_STORE_IN_USE';
  /** `undefined` if it is not of this machine, as in another container. */
  readonly pid: number | undefined;

  constructor(path: string, pid: number | undefined) {
    const owner = pid === undefined ? 'another process' : pid === process.pid ? 'this process' : `process ${pid}`;
    super(
      `${path} is in use by ${owner}. Send to that collector, stop it, or choose another file (--db) or none (--memory).`,
    );
    this.name = 'StoreInUse';
    this.pid = pid;
  }
}

/**
 * @returns What gives the file free again.
 * @throws {StoreInUse} If a process that is alive has it.
 */
export function ownFile(path: string): () => void {
  const file = ownerFile(path);
  const own: Owner = { pid: process.pid, started: startOf(process.pid), thread: threadId };
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

/** Takes away what a killed process has left. Two may try at the same time: who has not moved the file that was read, puts it back. */
function takeAway(path: string, file: string): void {
  const before = readText(file);
  const owner = readOwner(before);
  if (owner !== undefined && isAlive(owner)) throw new StoreInUse(path, owner.pid);
  const aside = `${file}.${process.pid}.${threadId}`;
  try {
    renameSync(file, aside);
  } catch {
    return; // gone meanwhile
  }
  const moved = readText(aside);
  if (moved !== before) {
    const other = readOwner(moved);
    renameSync(aside, file);
    throw new StoreInUse(path, other?.pid);
  }
  rmSync(aside, { force: true });
}

/** For a thread of this process that has failed, and could not do it itself. */
export function disownThread(path: string, thread: number): void {
  const owner = readOwner(readText(ownerFile(path)));
  if (owner?.pid === process.pid && owner.thread === thread) rmSync(ownerFile(path), { force: true });
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

/** `undefined` if it was cut off by a crash. */
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
  return started === undefined || started === startOf(pid);
}

/** Linux alone tells without a further program: field 22 of /proc/pid/stat. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/**
 * Owns a file by a note beside it with the number of the process: for file systems without sockets, as some that virtual machines
 * share. It does not tell processes of two containers apart.
 */
import { readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
import { StoreInUse } from './store-in-use.ts';

interface Owner {
  readonly pid: number;
  /** What sets a process apart from an earlier one with its number; where the system tells. */
  readonly started?: string | undefined;
  readonly thread: number;
}

/**
 * @returns Releases the file.
 * @throws {StoreInUse} If a process that is alive has it.
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

/** For a thread of this process that has failed. */
export function disownPidFile(path: string, thread: number): void {
  let file = ownerFile(path);
  try {
    file = ownerFile(realpathSync(path));
  } catch {
    // deleted meanwhile
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
  const stat = statOf(pid);
  if (stat === undefined) return true; // not Linux, or not to be seen
  // A process that was killed keeps its number until its parent asks, which may be never. It holds no files.
  if (stat.state === 'Z' || stat.state === 'X') return false;
  return started === undefined || started === stat.started;
}

/** Linux alone tells without a further program: fields 3 and 22 of /proc/pid/stat. */
function statOf(pid: number): { readonly state: string | undefined; readonly started: string | undefined } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], started: fields[19] };
  } catch {
    return undefined;
  }
}

/**
 * Who has the database open. SQLite's locks do not tell two processes of different drivers apart, so one process at a time may
 * have the file, and says so in a file beside it.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';

interface Owner {
  readonly pid: number;
  /** What sets a process apart from an earlier one with its number; where the system tells. */
  readonly started?: string | undefined;
}

export class StoreInUse extends Error {
  readonly code: 'WAYMARK_STORE_IN_USE' = 'WAYMARK_STORE_IN_USE';
  readonly pid: number;

  constructor(path: string, pid: number) {
    super(
      `${path} is in use by process ${pid}. Send to that collector, stop it, or choose another file (--db) or none (--memory).`,
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
  const file = `${path}.owner`;
  const own: Owner = { pid: process.pid, started: startOf(process.pid) };
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(file, JSON.stringify(own), { flag: 'wx', mode: 0o600 });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt === 3) throw error;
    }
    const owner = readOwner(file);
    if (owner !== undefined && isAlive(owner)) throw new StoreInUse(path, owner.pid);
    rmSync(file, { force: true }); // of a process that was killed
  }
}

function readOwner(file: string): Owner | undefined {
  try {
    const { pid, started } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Owner>; // checked below
    return Number.isInteger(pid) ? { pid: pid as number, started } : undefined;
  } catch {
    return undefined; // gone meanwhile, or cut off by a crash
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

/**
 * Whose a file of the spool is, as its name says: that of the process that sends what is in it. Nobody else touches it
 * while that process lives; then the first who gives it a name of its own has it. Renaming is atomic.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';

/** A process that is asked for by another way than its id, such as one in another container, is taken for dead after that time without a sign. */
export const silenceMs: number = 5 * 60 * 1000;

/** Belongs to nobody: its process has left it for the next. */
export const noOwner = 'free';

/** Process id, when that process began, where its id means something, and one of several in the process. */
export interface Owner {
  readonly pid: number;
  readonly startTicks: string;
  readonly namespace: string;
}

export function newOwnerName(): string {
  const { pid, startTicks, namespace } = thisProcess();
  return [pid, startTicks, namespace, randomBytes(4).toString('hex')].join('-');
}

/** @param heardOfMs When the owner last touched the file, Unix milliseconds. */
export function isOwnerGone(name: string, heardOfMs: number, nowMs: number = Date.now()): boolean {
  if (name === noOwner) return true;
  const [pidText = '', startTicks = '', namespace = ''] = name.split('-');
  const own = thisProcess();
  const pid = Number(pidText);
  const isSilent = nowMs - heardOfMs > silenceMs;
  // Of another thread of this process, of a process whose id is of another container, or where ids are all there is to go by.
  if (namespace !== own.namespace) return isSilent;
  if (pid === own.pid && startTicks === own.startTicks) return isSilent;
  if (!isRunning(pid)) return true;
  const startedAt = startTicksOf(String(pid));
  if (startedAt === ended) return true;
  if (startTicks === unknown || startedAt === unknown) return isSilent;
  return startedAt !== startTicks; // the id has been given to another
}

const unknown = '0';
/** Of a process that is there for its parent alone, which may take no notice for as long as it lives. */
const ended = 'ended';

function thisProcess(): Owner {
  return { pid: process.pid, startTicks: startTicksOf('self'), namespace: pidNamespace() };
}

/** When a process began, in ticks since the machine did; only Linux tells. */
function startTicksOf(pid: string): string {
  try {
    // proc(5): the 3rd field and the 22nd. The second is the name in parentheses, and may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? ended : (fields[19] ?? unknown);
  } catch {
    return unknown;
  }
}

function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? unknown;
  } catch {
    return unknown;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'; // somebody else's: it cannot be signalled
  }
}

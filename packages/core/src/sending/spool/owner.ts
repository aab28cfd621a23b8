/**
 * The owner of a spool file, which is part of its name: the process that sends its batches. No other process touches the file while
 * its owner lives. Afterwards it belongs to the first process that renames it. Renaming is atomic.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';

/** Where the process id cannot be checked, as for another container, an owner counts as dead after this time without a sign. */
export const silenceMs: number = 5 * 60 * 1000;

/** The owner in the name of a file that its process has left to the next one. */
export const noOwner = 'free';

/** The process id, when the process began, the namespace of the id, and a number for several spools of a process. */
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
  // Another thread of this process, a process of another container, or a system that only has process ids.
  if (namespace !== own.namespace) return isSilent;
  if (pid === own.pid && startTicks === own.startTicks) return isSilent;
  if (!isRunning(pid)) return true;
  const startedAt = startTicksOf(String(pid));
  if (startedAt === ended) return true;
  if (startTicks === unknown || startedAt === unknown) return isSilent;
  return startedAt !== startTicks; // another process has the id now
}

const unknown = '0';
/** Whether a process has ended, and its parent has not read its exit code: it stays listed until then. */
const ended = 'ended';

function thisProcess(): Owner {
  return { pid: process.pid, startTicks: startTicksOf('self'), namespace: pidNamespace() };
}

/** When a process began, in ticks since the machine started; only on Linux. */
function startTicksOf(pid: string): string {
  try {
    // proc(5): the 3rd field and the 22nd. The second is the name in parentheses, and may contain anything.
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
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'; // it exists, but belongs to another user
  }
}

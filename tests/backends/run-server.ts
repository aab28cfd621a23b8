// Runs a server in a separate process until it is stopped.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';

export interface ServerProcess {
  stop(): Promise<void>;
}

export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Answers 200 as soon as the server works. */
  readonly readyUrl: string;
}

// All three are up in 11 s on a quiet machine; on a loaded one it was 46 s.
const startTimeoutMs = 240_000;

/** Starts it, and resolves when it is ready. Rejects with what it printed if it ends before. */
export async function runServer({ command, args, env, readyUrl }: ServerCommand): Promise<ServerProcess> {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  const keep = (part: Buffer) => {
    printed = (printed + part).slice(-4000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const hasEnded = once(child, 'close').catch((error: Error) => keep(Buffer.from(error.message)));
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    process.removeListener('exit', kill);
    await stopProcess(child, hasEnded);
  };
  const deadlineMs = Date.now() + startTimeoutMs;
  while (!(await isReady(readyUrl))) {
    const isOver = child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
    if (isOver || Date.now() > deadlineMs) {
      await stop();
      throw new Error(`${command} did not start at ${readyUrl}:\n${printed}`);
    }
    await wait(200); // a server does not report when it is ready, so it is polled
  }
  return { stop };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(5000) })).ok;
  } catch {
    return false;
  }
}

async function stopProcess(child: ChildProcess, hasEnded: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const killTimer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await hasEnded;
  clearTimeout(killTimer);
}

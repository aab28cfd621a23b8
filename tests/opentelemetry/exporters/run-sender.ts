// Runs send-spans.ts in a process.
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { FlushReport, HealthReport, TracerStats } from '@waymark/core';
import type { SendTask } from './send-spans.ts';

export interface Sent {
  readonly report: FlushReport;
  readonly stats: TracerStats;
  readonly health: HealthReport;
}

export interface Ended {
  /** Absent if the program ended without a flush. */
  readonly sent: Sent | undefined;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly printed: string;
}

// A request that hangs would otherwise hold CI.
const timeoutMs = 30_000;

export async function runSender(task: SendTask, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const child = fork(join(__dirname, 'send-spans.ts'), [JSON.stringify(task)], {
    execArgv: ['--require=esbuild-register', '--conditions=@waymark/source'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  let sent: Sent | undefined;
  let printed = '';
  child.on('message', (message) => {
    sent = message as Sent;
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      printed += part;
    });
  }
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.on('close', (...how) => resolve(how));
  });
  clearTimeout(timer);
  return { sent, code, signal, printed };
}

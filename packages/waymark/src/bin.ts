#!/usr/bin/env node
/** The entry point of `npx waymark`: runs the command line in this process. */
import { runCli } from './cli/run-cli.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

// Under npm and npx, Ctrl-C arrives twice within some milliseconds: from the terminal, and from npm.
const repeatedSignalAfterMs = 300;

void main();

async function main(): Promise<void> {
  const abort = new AbortController();
  let firstMs = 0;
  const listeners = new Set<(signal: NodeJS.Signals) => void>();
  for (const signal of signals) {
    process.on(signal, () => {
      // The user has pressed Ctrl-C again, and no listener is ending the process: end it now.
      if (abort.signal.aborted && listeners.size === 0 && Date.now() - firstMs > repeatedSignalAfterMs) endBy(signal);
      if (!abort.signal.aborted) firstMs = Date.now();
      abort.abort(signal);
      for (const listener of listeners) listener(signal);
    });
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // `waymark export | head` closes the pipe, which is not a failure. Other errors, such as a full disk, are.
    if (error.code === 'EPIPE') process.exit(0);
    process.stderr.write(`stdout cannot be written: ${error.message}. (WAYMARK_CANNOT_WRITE)\n`);
    process.exit(1);
  });
  process.stderr.on('error', () => {});
  const ending = await runCli(process.argv.slice(2), {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    signal: abort.signal,
    onSignal(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
  if (typeof ending === 'string') endBy(ending);
  else process.exitCode = ending;
}

function endBy(signal: NodeJS.Signals): void {
  for (const each of signals) process.removeAllListeners(each);
  process.kill(process.pid, signal);
}

// Runs a server in a separate process until it is stopped, or until the process of the test ends, however that ends.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { chown } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Account } from './account.ts';

export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** A folder for the server alone. It is removed after the server has ended. */
  readonly folder: string;
  /** What the server prints when it accepts connections. */
  readonly ready: RegExp;
  /** The signal that ends the server at once: its data is not needed afterwards. */
  readonly signal: 'KILL' | 'QUIT';
  readonly account?: Account | undefined;
  /** Added to the environment of this process. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface RunningServer {
  /** What {@link ServerCommand.ready} matched. */
  readonly ready: RegExpExecArray;
  stop(): Promise<void>;
}

// Each is up in one to four seconds on a quiet machine.
const startTimeoutMs = 50_000;

const stopTimeoutMs = 10_000;

// Its input is a pipe to the process of the test. The pipe closes with that process, also if a signal kills it.
const untilInputEnds = `
  folder=$1 signal=$2
  shift 2
  exec 3<&0
  "$@" </dev/null 3<&- &
  server=$!
  { cat <&3; kill -s "$signal" "$server"; } >/dev/null 2>&1 &
  exec 3<&- >/dev/null 2>&1 # the other ends of these pipes may be closed when the shell reports how the server ended
  wait "$server"
  code=$?
  rm -rf "$folder"
  exit "$code"
`;

/** Starts it, and resolves when it is ready. Rejects with what it printed if it ends before. */
export async function runServer(server: ServerCommand): Promise<RunningServer> {
  const { command, args, folder, ready, signal, account, env } = server;
  const child = spawn('sh', ['-c', untilInputEnds, 'sh', folder, signal, command, ...args], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true, // Ctrl-C is for the test, which stops the server
    env: { ...process.env, ...env },
    ...account,
  });
  child.stdin.on('error', () => {}); // it has ended
  const ended = once(child, 'exit');
  const stop = async () => {
    child.stdin.end();
    const timer = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), stopTimeoutMs);
    await ended;
    clearTimeout(timer);
  };
  try {
    return { ready: await waitForReady(child, ready), stop };
  } catch (error) {
    await stop();
    throw new Error(`${command} did not start: ${(error as Error).message}`);
  }
}

function waitForReady(child: ChildProcess, ready: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let printed = '';
    const fail = () => reject(new Error(printed.slice(-4000)));
    const timer = setTimeout(fail, startTimeoutMs);
    const read = (part: string) => {
      printed += part;
      const match = ready.exec(printed);
      if (match === null) return;
      clearTimeout(timer);
      for (const stream of [child.stdout, child.stderr]) stream?.removeListener('data', read).resume();
      resolve(match);
    };
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', read);
    child.once('exit', () => {
      clearTimeout(timer);
      fail();
    });
  });
}

/** A new folder, for the account of the server. */
export async function makeFolder(name: string, account?: Account): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), `waymark-${name}-`));
  if (account !== undefined) await chown(folder, account.uid, account.gid);
  return folder;
}

/** The command line as a process, from source. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

export interface WaymarkProcess {
  readonly child: ChildProcess;
  /** Everything that it has written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves with the match once stdout or stderr has it; rejects if the process ends before. */
  waitFor(pattern: RegExp): Promise<RegExpMatchArray>;
  /** Resolves when the process has ended and its output has been read. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

const running = new Set<ChildProcess>();

/** @param under A command that runs it, such as one that sets limits. */
export function startWaymark(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  under: readonly string[] = [],
): WaymarkProcess {
  const source = ['--require', 'esbuild-register', '--conditions=@waymark/source', join(__dirname, '../src/bin.ts')];
  const [command = '', ...commandArgs] = [...under, process.execPath, ...source, ...args];
  const child = spawn(command, commandArgs, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
  });
  running.add(child);
  const texts = { stdout: '', stderr: '' };
  const waiters = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
      for (const look of waiters) look();
    });
  }
  const ended = new Promise<Awaited<WaymarkProcess['ended']>>((resolve) => {
    child.on('close', (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    });
  });
  return {
    child,
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    ended,
    waitFor: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(texts.stdout) ?? pattern.exec(texts.stderr);
          if (match === null) return;
          waiters.delete(look);
          resolve(match);
        };
        waiters.add(look);
        look();
        void ended.then(({ code, signal }) => {
          look();
          const end = `ended with ${signal ?? code} before it wrote ${pattern}`;
          reject(new Error(`waymark ${args.join(' ')} ${end}:\n${texts.stdout}${texts.stderr}`));
        });
      }),
  };
}

/** Runs a command to its end. */
export async function runWaymark(
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<Awaited<WaymarkProcess['ended']> & { readonly stdout: string; readonly stderr: string }> {
  const started = startWaymark(args, env);
  const { code, signal } = await started.ended;
  return { code, signal, stdout: started.stdout(), stderr: started.stderr() };
}

/** Ends the processes that a failed test has left. */
export async function endAllWaymarks(): Promise<void> {
  await Promise.all(
    [...running].map(
      (child) =>
        new Promise((resolve) => {
          child.on('close', resolve);
          child.kill('SIGKILL');
        }),
    ),
  );
}

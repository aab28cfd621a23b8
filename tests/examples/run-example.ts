// Starts an example as a user does, with plain node, on the built packages.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const root = join(__dirname, '../..');

/** Builds the packages. Quick if nothing has changed. */
export async function buildPackages(): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'tsconfig.build.json'], {
      cwd: root,
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }; // execFile's errors have both
    throw new Error(`The build failed:\n${stdout}${stderr}`);
  }
}

export interface Example {
  /** Output of stdout and stderr so far, in order of arrival. */
  output(): string;
  /** Resolves when the output matches. Rejects if the process ends before. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves with the exit code, or the signal, when all output has been read. */
  ended: Promise<number | NodeJS.Signals>;
  kill(signal: NodeJS.Signals): void;
}

/**
 * @param file Below `examples/`, such as `express/app.mjs`.
 * @param env Added to the variables of this process, without its settings of tracing.
 * @param node The Node that runs it, if it needs another version.
 */
export function startExample(
  file: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
  node: string = process.execPath,
): Example {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(OTEL_|NODE_OPTIONS|FORCE_COLOR|JEST_|DATABASE_URL$)/.test(name),
  );
  const path = join(root, 'examples', file);
  const loader = file.endsWith('.ts') ? ['--import', 'tsx'] : []; // as the command tsx does
  const child: ChildProcess = spawn(node, [...loader, path, ...args], {
    cwd: dirname(path),
    env: { ...Object.fromEntries(inherited), NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part) => {
      text += part;
      child.emit('printed');
    });
  }
  const ended = once(child, 'close').then(([code, signal]) => {
    running.delete(child);
    return code ?? signal;
  });

  async function waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(text);
      if (found) return found;
      const hasEnded = await Promise.race([once(child, 'printed').then(() => false), ended.then(() => true)]);
      if (hasEnded && !pattern.test(text)) throw new Error(`${file} ended without printing ${pattern}:\n${text}`);
    }
  }

  return { output: () => text, waitFor, ended, kill: (signal) => child.kill(signal) };
}

const running = new Set<ChildProcess>();

/** To be called after each test: ends the processes that a failed test has left behind. */
export async function stopExamples(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
    }),
  );
}

/** Output without the parts that differ from run to run: ids, ports, durations and time lines. */
export function withoutNumbers(output: string): string[] {
  return output
    .replace(/\b[0-9a-f]{32}\b/g, 'ID')
    .replace(/\b(127\.0\.0\.1|localhost):\d+/g, '$1:PORT')
    .replace(/ *\d+(\.\d+)? (µs|ms|s)\b/g, ' TIME')
    .replace(/[━─╴╶╍┄]/g, '')
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd());
}

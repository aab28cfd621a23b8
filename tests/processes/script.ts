// Runs a script in a separate process, with Waymark's published names.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface RunningScript {
  /** Resolves with the whole stdout when the script has written this string. */
  says(text: string): Promise<string>;
  kill(signal: NodeJS.Signals): void;
  /** Writes a line to its stdin. */
  tell(line: string): void;
  readonly ended: Promise<Ending>;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The beginning of each script: `makeTracer(options)`, and `url` for its spans. */
const prelude = `
  const { createTracer } = require('@waymark/core');
  const { otlpExporter } = require('@waymark/core/otlp');
  const url = process.env.RECEIVER;
  function makeTracer({ exporter = otlpExporter({ url }), ...options } = {}) {
    return createTracer({ serviceName: 'script', exporter, ...options });
  }
`;

export interface ScriptOptions {
  /** A shell command that runs first in the same process: `ulimit -f 8`. */
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a CommonJS script from source, without a build. `url` is the receiver of its spans. */
export function startScript(script: string, url: string, { shell, env }: ScriptOptions = {}): RunningScript {
  const node = ['--require=esbuild-register', '--conditions=@waymark/source', '--eval', `${prelude}${script}`];
  const [command, args] =
    shell === undefined
      ? [process.execPath, node]
      : ['sh', ['-c', `${shell}; exec "$0" "$@"`, process.execPath, ...node]];
  const child = spawn(command, args, {
    cwd: join(__dirname, '..'),
    env: { ...process.env, RECEIVER: url, ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (part) => {
    stdout += part;
  });
  child.stderr.on('data', (part) => {
    stderr += part;
  });
  const ended = once(child, 'close').then(([code, signal]): Ending => ({ code, signal, stdout, stderr }));
  return {
    async says(text) {
      while (!stdout.includes(text)) {
        const isOver = await Promise.race([once(child.stdout, 'data').then(() => false), ended.then(() => true)]);
        if (isOver && !stdout.includes(text))
          throw new Error(`the script ended without saying ${text}: ${stdout}${stderr}`);
      }
      return stdout;
    },
    kill: (signal) => child.kill(signal),
    tell: (line) => child.stdin.write(`${line}\n`),
    ended,
  };
}

export function runScript(script: string, url: string, options?: ScriptOptions): Promise<Ending> {
  return startScript(script, url, options).ended;
}

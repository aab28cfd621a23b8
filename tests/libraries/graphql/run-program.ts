// Runs a program of programs/ with the packages as built, and returns its spans.
import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SpanData } from '@waymark/core/testing';

const root = join(__dirname, '../../..');

export interface ProgramSpans {
  /** The spans as trees. */
  readonly lines: readonly string[];
  readonly spans: readonly SpanData[];
}

export function buildPackages(): void {
  execFileSync(
    process.execPath,
    ['--input-type=module', '--eval', "(await import('./scripts/setup.mjs')).buildPackages()"],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
  );
}

export async function runProgram(
  [name, ...args]: readonly [string, ...string[]],
  { node = process.execPath, env = {} }: { node?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<ProgramSpans> {
  const { stdout } = await promisify(execFile)(node, [join(__dirname, 'programs', name), ...args], {
    maxBuffer: 1e8,
    env: { PATH: process.env.PATH, ...env },
  });
  return JSON.parse(stdout) as ProgramSpans;
}

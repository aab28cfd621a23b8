// @ts-check
// Runs `waymark` commands in this terminal.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const bin = join(createRequire(import.meta.url).resolve('waymark/package.json'), '../dist/bin.js');

/** Prints one trace as a waterfall. @param {string} url Of the collector. @param {string} traceId */
export async function printTrace(url, traceId) {
  await once(fork(bin, ['show', traceId, '--url', url]), 'exit');
}

/** Prints each trace that arrives from now on. @param {string} url Of the collector. */
export async function followTraces(url) {
  const tail = fork(bin, ['tail', '--url', url], {
    execArgv: ['--import', new URL('end-with-parent.js', import.meta.url).href],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  await once(/** @type {import('node:stream').Readable} */ (tail.stderr), 'data'); // its first line says that it is connected
  tail.stderr?.resume();
  return tail;
}

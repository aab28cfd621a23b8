// @ts-check
// Starts the processes of the example. Each listens on a free port of this machine.
import { fork } from 'node:child_process';
import { once } from 'node:events';

/**
 * Starts `<name>.mjs`, and waits until it listens.
 *
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 */
export async function startProcess(name, env) {
  const child = fork(new URL(`${name}.mjs`, import.meta.url), { env });
  const ended = once(child, 'exit');
  const port = await Promise.race([
    once(child, 'message').then(([message]) => message),
    ended.then(([code]) => Promise.reject(new Error(`${name} ended before it listened (${code})`))),
  ]);
  return {
    address: `127.0.0.1:${port}`,
    /** Sends SIGTERM, and resolves when the process has ended. */
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Called by a process that listens. @param {number} port */
export function listen(port) {
  process.send?.(port);
  process.once('SIGTERM', () => process.disconnect());
}

// @ts-check
// Starts the demo's processes. Each listens on a free port of this machine.
import { fork } from 'node:child_process';
import { once } from 'node:events';

/**
 * Starts `<name>.mjs`, and waits until it listens.
 *
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 */
export async function startProcess(name, env) {
  const child = fork(new URL(`${name}.mjs`, import.meta.url), {
    env,
    execArgv: ['--import', new URL('end-with-parent.js', import.meta.url).href],
  });
  let isStopping = false;
  const ended = once(child, 'exit');
  const port = await portOf(child, name);

  return {
    port,

    /** Calls `report` with the name if the process ends before `stop()`. @param {(name: string) => void} report */
    onEnd(report) {
      ended.then(() => isStopping || report(name));
    },

    /** Sends SIGTERM, and resolves when the process has ended. A service sends its remaining spans first. */
    async stop() {
      isStopping = true;
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** @param {import('node:child_process').ChildProcess} child @param {string} name @returns {Promise<number>} */
function portOf(child, name) {
  return new Promise((resolve, reject) => {
    child.once('message', (/** @type {{ port: number }} */ { port }) => resolve(port));
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`${name} ended before it listened (${signal ?? code})`)));
  });
}

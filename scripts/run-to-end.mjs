// @ts-check
import { spawn } from 'node:child_process';
import { root } from './setup.mjs';

/**
 * Runs Node on a script with this terminal, and ends as it ended.
 *
 * @param {string[]} args
 */
export async function runToEnd(args) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
  // The terminal sends Ctrl-C to the child as well, so this process only has to wait for its end.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code, signal] = await new Promise((resolve) => {
    child.on('exit', (...ending) => resolve(ending));
  });
  if (signal === null) process.exitCode = code;
  else {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }
}

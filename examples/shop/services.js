// @ts-check
// The three services. Each is a process and listens on a free port of this machine.
import { fork } from 'node:child_process';
import { once } from 'node:events';

/**
 * Starts users, orders and gateway, in that order, as each needs the addresses of those before it.
 *
 * @param {string} receiverUrl Where the services send their spans.
 * @param {string} traceUrl Address of a trace in the viewer, with `{traceId}`. The responses of the services have it.
 */
export async function startServices(receiverUrl, traceUrl) {
  /** @type {import('node:child_process').ChildProcess[]} */
  const children = [];
  const env = { ...environment(receiverUrl), WAYMARK_TRACE_URL: traceUrl };

  /** @param {string} name @param {Record<string, string>} [addresses] */
  async function start(name, addresses) {
    const child = fork(new URL(`${name}.mjs`, import.meta.url), {
      env: { ...env, ...addresses },
      execArgv: ['--import', new URL('end-with-parent.js', import.meta.url).href],
    });
    children.push(child);
    child.once('exit', () => isStopping || reportEnd(name));
    const port = await portOf(child, name);
    return `http://127.0.0.1:${port}`;
  }

  let isStopping = false;
  /** @type {(name: string) => void} */
  let reportEnd = () => {};
  /** @type {Promise<string>} The name of the first service that ends before `stop()`. */
  const whenOneEnds = new Promise((resolve) => {
    reportEnd = resolve;
  });

  /** Sends SIGTERM to each service, and resolves when all have ended. They send their remaining spans first. */
  async function stop() {
    isStopping = true;
    await Promise.all(
      children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      }),
    );
  }

  try {
    const users = await start('users');
    const orders = await start('orders', { USERS_URL: users });
    const gateway = await start('gateway', { USERS_URL: users, ORDERS_URL: orders });
    return { gateway, orders, users, whenOneEnds, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** This process's environment without its settings of tracing, which would change the demo. @param {string} receiverUrl */
function environment(receiverUrl) {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('OTEL_'));
  return {
    ...Object.fromEntries(own),
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiverUrl,
    // The default is 5 s, which is long for a demo.
    OTEL_BSP_SCHEDULE_DELAY: '100',
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

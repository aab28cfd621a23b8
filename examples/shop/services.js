// @ts-check
// The three services, each a process of its own on a free port of this machine.
import { fork } from 'node:child_process';
import { once } from 'node:events';

/**
 * Starts users, orders and gateway, in that order, for each needs the address of those before it.
 *
 * @param {string} receiverUrl Where they send their spans.
 * @param {string} traceUrl Where a trace can be looked at, with `{traceId}` in it: their responses say it.
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
    child.once('exit', () => isStopping || tellEnd(name));
    const port = await portOf(child, name);
    return `http://127.0.0.1:${port}`;
  }

  let isStopping = false;
  /** @type {(name: string) => void} */
  let tellEnd = () => {};
  /** @type {Promise<string>} Which service has ended without being asked to. */
  const whenOneEnds = new Promise((resolve) => {
    tellEnd = resolve;
  });

  /** Asks each to end, and resolves when all have. They send what they still have before they do. */
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

/** This process's environment, but for settings of tracing, which would change what the demo shows. @param {string} receiverUrl */
function environment(receiverUrl) {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('OTEL_'));
  return {
    ...Object.fromEntries(own),
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiverUrl,
    // Spans are sent after 5 s by default; whoever looks at a demo waits for less.
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

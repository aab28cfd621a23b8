// @ts-check
// The three services, each in its own process.
import { startProcess } from './processes.js';

/**
 * Starts users, orders and gateway, in that order, as each needs the addresses of those before it.
 *
 * @param {string} receiverUrl Where the services send their spans.
 * @param {string} traceUrl Address of a trace in the viewer, with `{traceId}`. The responses of the services have it.
 * @param {string} databaseUrl
 */
export async function startServices(receiverUrl, traceUrl, databaseUrl) {
  /** @type {Awaited<ReturnType<typeof startProcess>>[]} */
  const processes = [];
  const env = { ...environment(receiverUrl), WAYMARK_TRACE_URL: traceUrl, DATABASE_URL: databaseUrl };

  /** @param {string} name @param {Record<string, string>} [addresses] */
  async function start(name, addresses) {
    const service = await startProcess(name, { ...env, ...addresses });
    processes.push(service);
    return `http://127.0.0.1:${service.port}`;
  }

  /** Calls `report` with the name of a service that ends before `stop()`. @param {(name: string) => void} report */
  function onEnd(report) {
    for (const service of processes) service.onEnd(report);
  }

  /** Resolves when all services have sent their remaining spans, and have ended. */
  async function stop() {
    await Promise.all(processes.map((service) => service.stop()));
  }

  try {
    const users = await start('users');
    const orders = await start('orders', { USERS_URL: users });
    const gateway = await start('gateway', { USERS_URL: users, ORDERS_URL: orders });
    return { gateway, orders, users, onEnd, stop };
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
    // Each query names its line of code, as with `npx waymark -- node app.js`.
    WAYMARK_CODE_ATTRIBUTES: 'always',
  };
}

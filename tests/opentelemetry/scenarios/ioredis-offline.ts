// @opentelemetry/instrumentation-ioredis before the connection is there, and where it never is.
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  services: ['redis'],
  instrumentations: (load) => [new (load('@opentelemetry/instrumentation-ioredis').IORedisInstrumentation)()],

  async run({ load, servers, inRequest, mark }) {
    const { Redis } = load('ioredis');
    const { host, port } = servers.redis;
    await inRequest('connects', async () => {
      const client = new Redis({ host, port });
      await client.set('offline', '1');
      mark('after set');
      client.disconnect();
    });
    await inRequest('refused', async () => {
      // No service listens on the first port.
      const client = new Redis({ host: '127.0.0.1', port: 1, maxRetriesPerRequest: 0, retryStrategy: () => null });
      client.on('error', () => {});
      await client.set('offline', '1').catch(() => mark('after refusal'));
      client.disconnect();
    });
  },
};

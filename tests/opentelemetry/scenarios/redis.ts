// @opentelemetry/instrumentation-redis: commands and transactions of several requests at once, errors, subscriptions.
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  services: ['redis'],
  instrumentations: (load) => [new (load('@opentelemetry/instrumentation-redis').RedisInstrumentation)()],

  async run({ load, servers, inRequest, mark }) {
    const { createClient } = load('redis');
    const { host, port } = servers.redis;
    const client = createClient({ socket: { host, port } });
    await inRequest('connect', () => client.connect());

    await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        inRequest(`commands ${name}`, async () => {
          await client.set(`redis ${name}`, '1');
          mark(`after set ${name}`);
          await client.get(`redis ${name}`);
        }),
      ),
    );
    await Promise.all(
      ['d', 'e'].map((name) =>
        inRequest(`transaction ${name}`, async () => {
          await client.multi().set(`redis ${name}`, '1').incr(`redis ${name}`).exec();
          mark(`after transaction ${name}`);
        }),
      ),
    );
    await inRequest('pipeline', () => client.multi().get('redis a').get('redis b').execAsPipeline());
    await inRequest('failure', async () => {
      await client.lPush('redis a', 'x').catch(() => mark('after failure'));
    });
    await inRequest('raw command', () => client.sendCommand(['GET', 'redis a']));
    await client.close();
  },
};

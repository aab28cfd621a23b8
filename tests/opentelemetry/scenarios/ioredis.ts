// @opentelemetry/instrumentation-ioredis: commands, pipelines and transactions of several requests at once, callbacks, errors, subscriptions.
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  services: ['redis'],
  instrumentations: (load) => [new (load('@opentelemetry/instrumentation-ioredis').IORedisInstrumentation)()],

  async run({ load, servers, inRequest, mark }) {
    const { Redis } = load('ioredis');
    const { host, port } = servers.redis;
    const client = new Redis({ host, port });
    // Without a parent the instrumentation makes no span.
    await client.set('outside', '1');
    const subscriber = client.duplicate();

    await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        inRequest(`commands ${name}`, async () => {
          await client.set(name, '1');
          mark(`after set ${name}`);
          await client.get(name);
        }),
      ),
    );
    await Promise.all(
      ['d', 'e'].map((name) =>
        inRequest(`pipeline ${name}`, async () => {
          await client.pipeline().set(name, '1').incr(name).exec();
          mark(`after pipeline ${name}`);
        }),
      ),
    );
    await inRequest('transaction', () => client.multi().set('t', '1').incr('t').exec());
    await inRequest('callback', async () => {
      await new Promise<void>((resolve) => {
        client.get('a', () => {
          mark('in callback');
          resolve();
        });
      });
    });
    await inRequest('failure', async () => {
      await client.lpush('a', 'x').catch(() => mark('after failure'));
    });
    await inRequest('script', async () => {
      client.defineCommand('double', { numberOfKeys: 1, lua: "return redis.call('GET', KEYS[1]) * 2" });
      await client.double('a');
    });
    await inRequest('subscription', async () => {
      const received = new Promise((resolve) => subscriber.once('message', resolve));
      await subscriber.subscribe('news');
      await client.publish('news', 'one');
      await received;
    });
    subscriber.disconnect();
    client.disconnect();
  },
};

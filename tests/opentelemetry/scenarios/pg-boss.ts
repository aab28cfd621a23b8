// pg-boss, which calls OpenTelemetry's API itself: a job is in the trace that sends it, and fails once.
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  services: ['postgres'],
  varying: ['messaging.message.id'],

  async run({ load, servers, inRequest, mark }) {
    const { PgBoss } = load('pg-boss');
    const boss = new PgBoss({
      connectionString: servers.postgres.url,
      openTelemetry: { enabled: true, propagateContext: true },
      supervise: false,
      schedule: false,
    });
    await boss.start();
    for (const queue of ['orders', 'failing']) await boss.createQueue(queue);
    await inRequest('send', async () => {
      await boss.send('orders', { name: 'one' });
      mark('after send');
    });
    await inRequest('insert', () => boss.insert('orders', [{ data: { name: 'two' } }, { data: { name: 'three' } }]));
    await inRequest('send failing', () => boss.send('failing', {}, { retryLimit: 0 }));

    const remaining = new Set(['one', 'two', 'three']);
    await new Promise<void>((resolve) => {
      void boss.work('orders', { pollingIntervalSeconds: 0.5 }, async (jobs: { data: { name: string } }[]) => {
        for (const { data } of jobs) {
          await new Promise(setImmediate);
          mark(`process ${data.name}`);
          remaining.delete(data.name);
        }
        if (remaining.size === 0) resolve();
      });
    });
    await new Promise<void>((resolve) => {
      void boss.work('failing', { pollingIntervalSeconds: 0.5 }, async () => {
        resolve();
        throw new Error('the shop is closed');
      });
    });
    await boss.stop({ graceful: true });
  },
};

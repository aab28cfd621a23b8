// bullmq-otel, which BullMQ's option `telemetry` takes: jobs, one that fails once, a flow, and a job without a caller.
import type { Scenario } from '../scenario.ts';

interface Job {
  readonly name: string;
  readonly attemptsMade: number;
}

export const scenario: Scenario = {
  services: ['redis'],
  varying: [
    'bullmq.job.attempt_finished_timestamp',
    'bullmq.job.id',
    'bullmq.job.processed.timestamp',
    'bullmq.worker.id',
  ],
  upkeep: /^(?:close|getNextJob|moveStalledJobsToWait|startStalledCheckTimer|extendLocks)\b/,

  async run({ load, api, servers, inRequest, mark }) {
    const { FlowProducer, Queue, Worker } = load('bullmq');
    const { BullMQOtel } = load('bullmq-otel');
    const { host, port } = servers.redis;
    const options = { connection: { host, port }, telemetry: new BullMQOtel('shop') };
    const queue = new Queue('orders', options);
    const flow = new FlowProducer(options);

    await inRequest('add', async () => {
      await queue.add('one', { secret: true });
      mark('after add');
    });
    await inRequest('add failing', () => queue.add('fails once', {}, { attempts: 2 }));
    await inRequest('add many', () => queue.addBulk(['two', 'three'].map((name) => ({ name, data: {} }))));
    await inRequest('add flow', () =>
      flow.add({ name: 'parent', queueName: 'orders', children: [{ name: 'child', queueName: 'orders' }] }),
    );
    await api.context.with(api.ROOT_CONTEXT, () => queue.add('alone', {}));

    const remaining = new Set(['one', 'fails once', 'two', 'three', 'parent', 'child', 'alone']);
    const worker = new Worker(
      'orders',
      async ({ name, attemptsMade }: Job) => {
        await new Promise(setImmediate);
        mark(`processing ${name}`);
        if (name === 'fails once' && attemptsMade === 0) throw new Error('it fails once');
      },
      options,
    );
    await new Promise<void>((resolve) => {
      worker.on('completed', ({ name }: Job) => {
        remaining.delete(name);
        if (remaining.size === 0) resolve();
      });
    });
    await worker.close();
    await flow.close();
    await queue.close();
  },
};

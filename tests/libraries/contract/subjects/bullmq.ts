import type bullmq from 'bullmq';
import type { Subject } from '../subject.ts';

interface Data {
  readonly canary: string;
}

interface Clients {
  readonly queue: bullmq.Queue<Data>;
  readonly worker: bullmq.Worker<Data>;
  /** What a job calls while it is processed, and in the end, by its data. */
  readonly jobs: Map<string, { readonly after: () => void; readonly end: () => void }>;
}

export const bullmqSubject: Subject<typeof bullmq, Clients> = {
  name: 'bullmq',
  library: 'bullmq',
  modules: ['bullmq5', 'bullmq'],
  service: 'redis',
  hidesServer: () => true, // BullMQ tells its telemetry nothing of it
  trace: ({ traceBullmq }, moduleExports) => traceBullmq(moduleExports),
  async open({ Queue, Worker }, { host, port }, concurrency) {
    const connection = { host, port };
    const queue = new Queue<Data>('jobs', { connection });
    await queue.obliterate({ force: true });
    const jobs: Clients['jobs'] = new Map();
    const worker = new Worker<Data>(
      'jobs',
      async ({ name, data }) => {
        jobs.get(data.canary)?.after();
        if (name === 'fails') throw new Error('The job fails.');
        return data.canary;
      },
      { connection, concurrency },
    );
    worker.on('completed', ({ data }) => jobs.get(data.canary)?.end());
    worker.on('failed', (job) => jobs.get(job?.data.canary ?? '')?.end());
    await worker.waitUntilReady();
    return { queue, worker, jobs };
  },
  async close({ queue, worker }) {
    await worker.close();
    await queue.close();
  },
  calls: {
    'job, success': {
      spans: ['add jobs producer', '  process jobs consumer', '    after', '    complete jobs', 'after'],
      make: (clients, canary, after) => addJob(clients, 'works', canary, after),
    },
    'job, error': {
      spans: ['add jobs producer', '  process jobs ! Error consumer', '    after', '    fail jobs', 'after'],
      make: (clients, canary, after) => addJob(clients, 'fails', canary, after),
    },
  },
};

async function addJob({ queue, jobs }: Clients, name: string, canary: string, after: () => void): Promise<void> {
  const ended = new Promise<void>((end) => jobs.set(canary, { after, end }));
  await queue.add(name, { canary });
  after();
  await ended;
}

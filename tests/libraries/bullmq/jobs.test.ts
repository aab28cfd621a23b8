import { once } from 'node:events';
import { join } from 'node:path';
import { activeSpan, createTracer, getTracer, withSpan } from '@waymark/core';
import { bullmqTelemetry, traceBullmq, traceIoredis } from '@waymark/core/libraries';
import { type InMemoryExporter, inMemoryExporter, type SpanData } from '@waymark/core/testing';
import type * as bullmq from 'bullmq';
import { describeWith } from '../../services/describe-with.ts';
import { startRedis } from '../../services/redis.ts';
import type { Service } from '../../services/service.ts';
import { drawSpans } from '../draw-spans.ts';

// The types are those of 6: what the tests use is the same in both.
const versions = ['bullmq', 'bullmq5'] as const;

const exporter: InMemoryExporter = inMemoryExporter();
getTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });

describeWith('redis')('jobs', () => {
  let server: Service;

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  describe.each(versions)('of %s', (version) => {
    const library = require(version) as typeof bullmq;
    const opened: { close(): Promise<unknown> }[] = [];
    let queueCount = 0;
    let name: string;
    let connection: { host: string; port: number };

    beforeAll(() => {
      const { Redis } = require(require.resolve('ioredis', { paths: [require.resolve(version)] })) as { Redis: object };
      traceIoredis(Redis);
      expect(traceBullmq(library)).toBe(library);
      connection = { host: server.host, port: server.port };
    });
    beforeEach(() => {
      exporter.reset();
      queueCount++;
      name = `${version}-${queueCount}`;
    });
    afterEach(async () => {
      for (const one of opened.splice(0).reverse()) await one.close();
    });

    function open<Opened extends { close(): Promise<unknown> }>(one: Opened): Opened {
      opened.push(one);
      return one;
    }
    const makeQueue = (options: object = {}) => open(new library.Queue(name, { connection, ...options }));
    const makeWorker = (processor: bullmq.Processor | string, options: object = {}) =>
      open(new library.Worker(name, processor, { connection, ...options }));

    /** Resolves when so many jobs have ended for good, and their spans too. */
    async function jobsEnd(worker: bullmq.Worker, count = 1, attempts = 1): Promise<void> {
      let left = count;
      await new Promise<void>((resolve) => {
        const note = (job: bullmq.Job | undefined) => {
          if (job !== undefined && job.finishedOn === undefined && job.attemptsMade < attempts) return;
          if (--left === 0) resolve();
        };
        worker.on('completed', note);
        worker.on('failed', note);
      });
      await worker.close(); // it waits for the spans of its jobs
    }

    const named = (spanName: string): SpanData[] => exporter.spans.filter((span) => span.name === spanName);
    const drawn = () => drawSpans(exporter.spans).map((line) => line.replaceAll(name, 'q'));

    test('continue the trace of the code that adds them, and what they do is below', async () => {
      const queue = makeQueue();
      await withSpan('request', () => queue.add('mail', { to: 'secret' }));
      const worker = makeWorker(async (job) => {
        await withSpan('work', async () => (await queue.getBackend?.()) ?? job.id);
        return 'secret result';
      });
      await jobsEnd(worker);
      expect(drawn()).toEqual(['request', '  add q', '    process q', '      work', '      complete q']);
      const [add] = named(`add ${name}`);
      const [process] = named(`process ${name}`);
      expect({ kind: add?.kind, attributes: add?.attributes }).toEqual({
        kind: 'producer',
        attributes: {
          'messaging.system': 'bullmq',
          'messaging.operation.name': 'add',
          'messaging.operation.type': 'send',
          'messaging.destination.name': name,
          'messaging.message.id': '1',
          'bullmq.job.name': 'mail',
        },
      });
      expect({ kind: process?.kind, attributes: process?.attributes }).toEqual({
        kind: 'consumer',
        attributes: {
          'messaging.system': 'bullmq',
          'messaging.operation.name': 'process',
          'messaging.operation.type': 'process',
          'messaging.destination.name': name,
          'messaging.message.id': '1',
          'bullmq.job.name': 'mail',
          'bullmq.job.attempts.made': 1,
        },
      });
      expect(JSON.stringify(exporter.spans)).not.toContain('secret');
    });

    test('start a trace if they are added outside any, and what a worker does by itself has no spans', async () => {
      const queue = makeQueue();
      await queue.add('mail', {});
      const worker = await withSpan('start', async () => {
        await open(new library.QueueEvents(name, { connection })).waitUntilReady();
        const made = makeWorker(async () => activeSpan()?.setAttribute('own', true));
        return made;
      });
      await jobsEnd(worker);
      expect(drawn()).toEqual(['start', 'process q', '  complete q']);
      expect(named(`process ${name}`)[0]?.attributes.own).toBe(true);
    });

    test('fail with the exception and its stack, once for each attempt, each below the code that added them', async () => {
      const queue = makeQueue();
      await withSpan('request', () => queue.add('mail', {}, { attempts: 3, backoff: { type: 'fixed', delay: 1 } }));
      const worker = makeWorker(async () => {
        throw new TypeError('no such user');
      });
      await jobsEnd(worker, 1, 3);
      expect(drawn()).toEqual([
        'request',
        '  add q',
        '    process q ! TypeError',
        '      delay q',
        '    process q ! TypeError',
        '      delay q',
        '    process q ! TypeError',
        '      fail q',
      ]);
      const attempts = named(`process ${name}`);
      expect(attempts.map(({ status }) => status)).toEqual(Array(3).fill({ code: 'error', message: 'no such user' }));
      expect(attempts.map(({ attributes }) => attributes['bullmq.job.attempts.made'])).toEqual([1, 2, 3]);
      for (const { events } of attempts) {
        expect(events.map((event) => event.name)).toEqual(['exception']);
        expect(events[0]?.attributes['exception.stacktrace']).toContain('jobs.test.ts');
      }
    });

    test('have the exception once, where a span of the processor has recorded it', async () => {
      const queue = makeQueue();
      await queue.add('mail', {});
      const worker = makeWorker(() =>
        withSpan('work', () => {
          throw new Error('broken');
        }),
      );
      await jobsEnd(worker);
      expect(drawn()).toEqual(['process q ! Error', '  work ! broken', '  fail q']);
      expect(exporter.spans.flatMap(({ events }) => events).length).toBe(1);
    });

    test('that are processed at the same time are each below their own request', async () => {
      const queue = makeQueue();
      const numbers = [1, 2, 3, 4, 5];
      await Promise.all(numbers.map((n) => withSpan(`request ${n}`, () => queue.add('mail', { n }))));
      let running = 0;
      let all: () => void = () => {};
      const everyone = new Promise<void>((resolve) => {
        all = resolve;
      });
      const worker = makeWorker(
        async ({ data }) => {
          if (++running === numbers.length) all();
          await everyone;
          await withSpan(`work ${data.n}`, () => {});
        },
        { concurrency: numbers.length },
      );
      await jobsEnd(worker, numbers.length);
      const byRequest = numbers.flatMap((n) => [
        `request ${n}`,
        '  add q',
        '    process q',
        `      work ${n}`,
        '      complete q',
      ]);
      expect(drawn()).toEqual(byRequest);
    });

    test('that are added together have one span, and all continue it', async () => {
      const queue = makeQueue();
      await withSpan('request', () =>
        queue.addBulk([
          { name: 'a', data: {} },
          { name: 'b', data: {} },
        ]),
      );
      await jobsEnd(
        makeWorker(async () => {}),
        2,
      );
      const settled = ['    process q', '      complete q'];
      expect(drawn()).toEqual(['request', '  addBulk q', ...settled, ...settled]);
      expect(named(`addBulk ${name}`)[0]?.attributes).toMatchObject({
        'messaging.operation.type': 'send',
        'messaging.batch.message_count': 2,
      });
    });

    test('of a flow are below the span that made it, with and without options', async () => {
      const producer = open(new library.FlowProducer({ connection }));
      await withSpan('request', () =>
        producer.add({
          name: 'parent',
          queueName: name,
          data: {},
          children: [
            { name: 'child', queueName: name, data: {} },
            { name: 'other', queueName: name, data: {}, opts: { attempts: 2 } },
          ],
        }),
      );
      await jobsEnd(
        makeWorker(async () => {}),
        3,
      );
      const settled = ['    process q', '      complete q'];
      expect(drawn()).toEqual(['request', '  addFlow q', ...settled, ...settled, ...settled]);
    });

    test('of a scheduler each start a trace, with a link', async () => {
      const queue = makeQueue();
      await withSpan('request', () => queue.upsertJobScheduler('every', { every: 20, limit: 2 }, { name: 'tick' }));
      await jobsEnd(
        makeWorker(async () => {}),
        2,
      );
      const processed = named(`process ${name}`);
      expect(processed).toHaveLength(2);
      const [add] = named(`add ${name}`);
      expect(processed.map(({ parentSpanId }) => parentSpanId)).toEqual([undefined, undefined]);
      expect(processed.map(({ links }) => links.map(({ spanId }) => spanId))).toEqual([[add?.spanId], [add?.spanId]]);
      expect(new Set(processed.map(({ traceId }) => traceId)).size).toBe(2);
    });

    test('start a trace with a link if an option says so', async () => {
      const queue = makeQueue();
      await withSpan('request', () => queue.add('mail', {}));
      await jobsEnd(makeWorker(async () => {}, { telemetry: bullmqTelemetry({ newTracePerJob: true }) }));
      expect(drawn()).toEqual(['request', '  add q', 'process q', '  complete q']);
      const [processed] = named(`process ${name}`);
      expect(processed?.links.map(({ spanId }) => spanId)).toEqual([named(`add ${name}`)[0]?.spanId]);
    });

    test('that a sandboxed processor runs have their span, and its failure', async () => {
      const queue = makeQueue();
      await withSpan('request', () => queue.add('mail', {}));
      const worker = makeWorker(join(__dirname, 'failing-processor.cjs'));
      const [, error] = (await once(worker, 'failed')) as [unknown, Error];
      expect(error.message).toBe('broken in the sandbox');
      await worker.close();
      // BullMQ keeps the process for later jobs: `node` lasts until the worker is closed.
      expect(drawn()).toEqual(['request', '  add q', '    process q ! Error', '      node', '      fail q']);
    });

    test('that are delayed by their processor have not failed', async () => {
      const queue = makeQueue();
      await queue.add('mail', {});
      let isFirst = true;
      const worker = makeWorker(async (job, token) => {
        if (!isFirst) return;
        isFirst = false;
        await job.moveToDelayed(Date.now() + 1, token);
        throw new library.DelayedError();
      });
      await jobsEnd(worker);
      expect(named(`process ${name}`).map(({ status }) => status.code)).toEqual(['unset', 'unset']);
    });

    test('below untraced work, and of a tracer that has the library turned off, have no spans', async () => {
      const queue = makeQueue();
      const other = createTracer({
        exporter,
        libraries: { bullmq: false, ioredis: false },
        flushOnExit: false,
        logLevel: 'none',
        env: {},
      });
      await other.withSpan('request', () => queue.add('mail', {}));
      expect(drawn()).toEqual(['request']);
    });

    test('keep the telemetry that the application gives', async () => {
      const names: string[] = [];
      const telemetry = bullmqTelemetry();
      const own = {
        ...telemetry,
        tracer: {
          startSpan(...args: Parameters<typeof telemetry.tracer.startSpan>) {
            names.push(args[0]);
            return telemetry.tracer.startSpan(...args);
          },
        },
      };
      const queue = makeQueue({ telemetry: own });
      await withSpan('request', () => queue.add('mail', {}));
      expect(names).toEqual([`add ${name}.mail`]);
      expect(drawn()).toEqual(['request', '  add q']);
    });
  });

  test('a value that is not the library is refused', () => {
    expect(() => traceBullmq({ Queue: class {} })).toThrow(
      /^traceBullmq\(bullmq\) takes the exports of bullmq, got .*WAYMARK_INVALID_OPTION/,
    );
  });
});

// Jobs that really run, each second, and by hand.
import { activeSpan, withSpan } from '@waymark/core';
import { traceCron, traceNodeCron } from '@waymark/core/libraries';
import type { SpanData } from '@waymark/core/testing';
import * as cron from 'cron';
import * as cron3 from 'cron3';
import nodeCron from 'node-cron';
import nodeCron40 from 'node-cron40';
import nodeCron42 from 'node-cron42';
import { startTracer } from './traced.ts';

const { exporter } = startTracer();
const nodeCron3 = require('node-cron3') as typeof nodeCron; // it has no types
beforeEach(() => exporter.reset());

interface Job {
  stop(): unknown;
}

/** Schedules a job for each second. */
type Schedule = (fn: () => unknown, name?: string) => Job;

// They log what fails.
beforeAll(() => {
  jest.spyOn(console, 'error').mockReturnValue();
});
afterAll(() => jest.restoreAllMocks());

const everySecond = '* * * * * *';
const libraries: readonly (readonly [name: string, library: string, schedule: Schedule])[] = [
  ...[nodeCron, nodeCron42, nodeCron40].map((library, index): readonly [string, string, Schedule] => {
    traceNodeCron(library);
    const schedule: Schedule = (fn, name) => {
      const task = library.schedule(everySecond, fn, name === undefined ? {} : { name });
      return { stop: () => task.destroy() };
    };
    return [`node-cron ${['4', '4.2', '4.0'][index]}`, 'node-cron', schedule];
  }),
  ...[cron, cron3].map(({ CronJob }, index): readonly [string, string, Schedule] => {
    traceCron(CronJob);
    const schedule: Schedule = (fn, name) => {
      const onTick = () => void fn();
      const job = CronJob.from({
        cronTime: everySecond,
        onTick: index === 0 ? (fn as () => void) : onTick,
        start: true,
        errorHandler: () => {},
        ...(name !== undefined && { name }),
      });
      return { stop: () => job.stop() };
    };
    return [`cron ${['4', '3'][index]}`, 'cron', schedule];
  }),
];

describe.each(libraries)('%s', (title, library, schedule) => {
  const hasNames = title !== 'cron 3';

  test('each run is a trace, also of a job that a request has scheduled', async () => {
    const seen: unknown[] = [];
    const job = withSpan('request', { parent: null }, () =>
      schedule(async () => {
        seen.push(activeSpan()?.traceId);
        await withSpan('step', async () => {});
      }, 'clean up'),
    );
    const spans = await exporter.waitFor(5, { timeoutMs: 10_000 });
    await job.stop();
    const runs = spans.filter(({ name }) => name.startsWith('cron'));
    expect(runs).toHaveLength(2);
    for (const run of runs) {
      expect(run).toMatchObject({
        name: hasNames ? 'cron clean up' : `cron ${everySecond}`,
        kind: 'internal',
        links: [],
        scope: { name: `@waymark/core/libraries/${library}` },
        attributes: { 'cron.expression': everySecond },
      });
      expect(run.parentSpanId).toBeUndefined();
      expect(stepOf(spans, run)?.traceId).toBe(run.traceId);
    }
    expect(new Set(seen.slice(0, 2))).toEqual(new Set(runs.map(({ traceId }) => traceId)));
  });
});

// cron 3 lets an error go on to the process.
test.each(libraries.filter(([title]) => title !== 'cron 3'))('a run of %s that fails is an error', async (...row) => {
  const job = row[2](async () => {
    throw new RangeError('no disk');
  });
  const [run] = await exporter.waitFor(1, { timeoutMs: 10_000 });
  await job.stop();
  expect(run).toMatchObject({
    name: `cron ${everySecond}`,
    status: { code: 'error', message: 'no disk' },
    attributes: { 'error.type': 'RangeError' },
    events: [{ name: 'exception' }],
  });
});

describe('node-cron 3', () => {
  traceNodeCron(nodeCron3);

  test('runs have the name of the task, or of its function', async () => {
    const named = nodeCron3.schedule(everySecond, async () => withSpan('step', async () => {}), { name: 'clean up' });
    // On a busy machine it starts two runs at once.
    const spans = await exporter.waitFor(4, { timeoutMs: 10_000 });
    named.stop();
    const cleanUp = spans.find(({ name }) => name === 'cron clean up');
    expect(cleanUp && stepOf(spans, cleanUp)?.name).toBe('step');
    exporter.reset();
    const failing = nodeCron3.schedule(everySecond, function sweep() {
      throw new RangeError('no disk');
    });
    const [run] = await exporter.waitFor(1, { timeoutMs: 10_000 });
    failing.stop();
    expect(run).toMatchObject({ name: 'cron sweep', status: { code: 'error', message: 'no disk' } });
  });
});

function stepOf(spans: readonly SpanData[], run: SpanData): SpanData | undefined {
  return spans.find(({ parentSpanId }) => parentSpanId === run.spanId);
}

// Libraries of jobs that call OpenTelemetry's API themselves: what processes a job is in the trace that added it.
import { describeWith } from '../services/describe-with.ts';
import { startPostgres } from '../services/postgres.ts';
import { startRedis } from '../services/redis.ts';
import type { Service } from '../services/service.ts';
import { runBoth } from './run-both.ts';
import { runScenario } from './start-scenarios.ts';

describeWith('redis')('bullmq-otel', () => {
  let redis: Service;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  // It depends on API 1.9.1 or later, and so gets 1.10.
  test('sdk-3', async () => {
    const { lines, waymark, sdk } = await runBoth('bullmq-otel', {
      servers: { redis },
    });
    expect(lines).toEqual([
      // Its own: the jobs of a flow do not carry the context.
      'consumer process orders (bullmq)',
      '  complete orders (bullmq)',
      '  processing child',
      'consumer process orders (bullmq)',
      '  complete orders (bullmq)',
      '  processing parent',
      'producer add orders.alone (bullmq)',
      '  consumer process orders (bullmq)',
      '    complete orders (bullmq)',
      '    processing alone',
      'server add',
      '  after add',
      '  producer add orders.one (bullmq)',
      '    consumer process orders (bullmq)',
      '      complete orders (bullmq)',
      '      processing one',
      'server add failing',
      '  producer add orders.fails once (bullmq)',
      '    consumer process orders (bullmq)',
      '      complete orders (bullmq)',
      '      processing fails once',
      // Its own: an attempt that fails has no error.
      '    consumer process orders (bullmq)',
      '      processing fails once',
      '      retry orders (bullmq)',
      'server add flow',
      '  producer addFlow orders (bullmq)',
      '    producer addNode orders (bullmq)',
      '      producer addNode orders (bullmq)',
      'server add many',
      '  producer addBulk orders (bullmq)',
      '    consumer process orders (bullmq)',
      '      complete orders (bullmq)',
      '      processing three',
      '    consumer process orders (bullmq)',
      '      complete orders (bullmq)',
      '      processing two',
    ]);
    expect(waymark).toEqual(sdk);
  });
});

describeWith('redis')('bullmq-otel beside Waymark', () => {
  let redis: Service;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  test('adding and processing a job have one span each, with the commands of Redis below', async () => {
    const spans = await runScenario('bullmq-otel-doubled', 'waymark', { servers: { redis } });
    const messages = spans.filter(({ kind }) => kind === 'producer' || kind === 'consumer');
    expect(messages.map(({ name, scope }) => `${name} (${scope.name})`).sort()).toEqual([
      'add orders.alone (bullmq)',
      'add orders.fails once (bullmq)',
      'add orders.one (bullmq)',
      'addBulk orders (bullmq)',
      'addFlow orders (bullmq)',
      'addNode orders (bullmq)',
      'addNode orders (bullmq)',
      ...Array.from({ length: 8 }, () => 'process orders (bullmq)'), // seven jobs, one of them twice
    ]);
    const added = spans.find(({ name }) => name === 'add orders.one');
    const below = spans.filter(({ parentSpanId }) => parentSpanId === added?.spanId);
    expect(below.map(({ name }) => name).sort()).toEqual(['EVALSHA', 'process orders']);
  });
});

describeWith('postgres')('pg-boss', () => {
  let postgres: Service;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  test.each(['sdk-3', 'sdk-2'] as const)('%s', async (generation) => {
    const { lines, waymark, sdk } = await runBoth('pg-boss', {
      generation,
      servers: { postgres },
    });
    const processed = (name: string) => [
      '    consumer process orders (pg-boss)',
      '      client complete orders (pg-boss)',
      `      process ${name}`,
    ];
    expect(lines).toEqual([
      'server insert',
      '  producer insert orders (pg-boss)',
      ...processed('three'),
      ...processed('two'),
      'server send',
      '  after send',
      '  producer send orders (pg-boss)',
      ...processed('one'),
      'server send failing',
      '  producer send failing (pg-boss)',
      '    consumer process failing (pg-boss) ! the shop is closed',
      '      client fail failing (pg-boss)',
    ]);
    expect(waymark).toEqual(sdk);
  });
});

// The instrumentations of Redis clients through the bridge.
import { describeWith } from '../services/describe-with.ts';
import { startRedis } from '../services/redis.ts';
import type { Service } from '../services/service.ts';
import { runBoth } from './run-both.ts';

describeWith('redis')('Redis', () => {
  let redis: Service;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  test.each(['sdk-3', 'sdk-2', 'sdk-1'] as const)('ioredis, %s', async (generation) => {
    const { lines, waymark, sdk } = await runBoth('ioredis', { generation, servers: { redis } });
    expect(lines).toEqual([
      'server callback',
      '  client get (ioredis)',
      '  in callback',
      'server commands a',
      '  after set a',
      '  client get (ioredis)',
      '  client set (ioredis)',
      'server commands b',
      '  after set b',
      '  client get (ioredis)',
      '  client set (ioredis)',
      'server commands c',
      '  after set c',
      '  client get (ioredis)',
      '  client set (ioredis)',
      'server failure',
      '  after failure',
      '  client lpush (ioredis) ! WRONGTYPE Operation against a key holding the wrong kind of value',
      'server pipeline d',
      '  after pipeline d',
      '  client incr (ioredis)',
      '  client set (ioredis)',
      'server pipeline e',
      '  after pipeline e',
      '  client incr (ioredis)',
      '  client set (ioredis)',
      'server script',
      '  client evalsha (ioredis)',
      'server subscription',
      '  client publish (ioredis)',
      '  client subscribe (ioredis)',
      'server transaction',
      '  client exec (ioredis)',
      '  client incr (ioredis)',
      '  client multi (ioredis)',
      '  client set (ioredis)',
    ]);
    expect(waymark).toEqual(sdk);
  });

  // A command that waits for the connection is sent twice, and the instrumentation makes a span each time.
  test.each(['sdk-3', 'sdk-2'] as const)('ioredis before it is connected, %s', async (generation) => {
    const { lines, waymark, sdk } = await runBoth('ioredis-offline', { generation, servers: { redis } });
    const own = lines.filter((line) => !/ (?:client|hello|info) \(ioredis\)/.test(line));
    expect(own).toEqual([
      'server connects',
      '  after set',
      '  client connect (ioredis)',
      '  client set (ioredis) × 2',
      'server refused',
      '  after refusal',
      '  client connect (ioredis)',
      '  client set (ioredis) ! Connection is closed.',
    ]);
    expect(waymark).toEqual(sdk);
  });

  test.each(['sdk-3', 'sdk-2'] as const)('redis, %s', async (generation) => {
    const { lines, waymark, sdk } = await runBoth('redis', { generation, servers: { redis } });
    expect(lines).toEqual([
      'server commands a',
      '  after set a',
      '  client redis-GET (redis)',
      '  client redis-SET (redis)',
      'server commands b',
      '  after set b',
      '  client redis-GET (redis)',
      '  client redis-SET (redis)',
      'server commands c',
      '  after set c',
      '  client redis-GET (redis)',
      '  client redis-SET (redis)',
      'server connect',
      '  client redis-connect (redis)',
      'server failure',
      '  after failure',
      '  client redis-LPUSH (redis) ! WRONGTYPE Operation against a key holding the wrong kind of value',
      'server pipeline',
      '  client redis-GET (redis) × 2',
      'server raw command',
      '  client redis-GET (redis)',
      'server transaction d',
      '  after transaction d',
      '  client redis-INCR (redis)',
      '  client redis-SET (redis)',
      'server transaction e',
      '  after transaction e',
      '  client redis-INCR (redis)',
      '  client redis-SET (redis)',
    ]);
    expect(waymark).toEqual(sdk);
  });
});

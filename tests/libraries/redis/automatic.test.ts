// With nothing written for the library, in a process where it is found: redis 4 can only be traced this way.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeWith } from '../../services/describe-with.ts';
import { startRedis } from '../../services/redis.ts';
import type { Service } from '../../services/service.ts';

const run = promisify(execFile);
const program = join(__dirname, 'print-spans.cjs');

describeWith('redis')('a process that loads a client of Redis', () => {
  let server: Service;

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  test.each(['redis', 'redis5', 'redis4', 'ioredis', 'ioredis53', 'ioredis6', 'iovalkey'])(
    'traces %s',
    async (library) => {
      const args = ['--conditions=@waymark/source', '-r', require.resolve('esbuild-register'), program, library];
      const { stdout } = await run(process.execPath, args, { env: { ...process.env, REDIS_PORT: `${server.port}` } });
      const means = library === 'redis' ? 'its own channel' : 'methods of its classes';
      expect(stdout.split('\n').slice(0, -1)).toEqual([
        `traced by ${means}`,
        'connect',
        'commands',
        '  SET',
        '  GET',
        'transaction',
        '  MULTI',
        'pipeline',
        '  PIPELINE GET',
        'failures',
        '  LPUSH ! WRONGTYPE',
        '  MULTI ! WRONGTYPE',
        'unhandled rejections: 1',
      ]);
    },
  );
});

// Every example, run as a user runs it. Its output is the one in the comment at its end.
// One file, so that one worker builds, and no other one reads files that are being written.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { version } from '@waymark/core/package.json';
import { type SpanData, startOtlpReceiver, startZipkinReceiver } from '@waymark/core/testing';
import pg from 'pg';
import { findNode } from '../matrix/node-binaries.ts';
import { testOnUnix } from '../on-platform.ts';
import { describeWith } from '../services/describe-with.ts';
import { startMariadb } from '../services/mariadb.ts';
import { startMongo } from '../services/mongo.ts';
import { startPostgres } from '../services/postgres.ts';
import { startRedis } from '../services/redis.ts';
import type { Service, ServiceName } from '../services/service.ts';
import { readCodeBlocks } from './code-blocks.ts';
import { buildPackages, type Example, startExample, stopExamples, withoutNumbers } from './run-example.ts';

jest.setTimeout(60_000);

const examples = join(__dirname, '../../examples');

const faults = mkdtempSync(join(tmpdir(), 'waymark-shop-'));

beforeAll(buildPackages, 120_000);
afterEach(stopExamples);
afterAll(() => rmSync(faults, { recursive: true }));

test.each([
  'express/app.mjs',
  'fastify/app.mjs',
  'nestjs/app.ts',
  'node-http/app.mjs',
  'manual-spans/report.mjs',
  'baggage/app.mjs',
  'message-queue/queue.mjs',
  'job-data/jobs.mjs',
  'graceful-shutdown/server.js',
  'child-process/parent.mjs',
  'opentelemetry/app.cjs',
  'graphql/app.mjs',
  'grpc/app.mjs',
])('examples/%s prints what its last comment shows', async (file) => {
  const example = startExample(file);
  expect(await example.ended).toBe(0);
  expect(withoutNumbers(example.output())).toEqual(withoutNumbers(expectedOutput(file)));
});

interface ServiceExample {
  readonly file: string;
  readonly service: ServiceName;
  /** The variable with the URL of the server. */
  readonly variable: string;
  start(): Promise<Service>;
}

const serviceExamples: readonly ServiceExample[] = [
  { file: 'postgres/app.mjs', service: 'postgres', variable: 'DATABASE_URL', start: startPostgres },
  { file: 'mysql/app.mjs', service: 'mariadb', variable: 'MYSQL_URL', start: startMariadb },
  { file: 'mongodb/app.mjs', service: 'mongo', variable: 'MONGODB_URL', start: startMongo },
  { file: 'redis/app.mjs', service: 'redis', variable: 'REDIS_URL', start: startRedis },
  { file: 'bullmq/app.mjs', service: 'redis', variable: 'REDIS_URL', start: startRedis },
];

for (const { file, service, variable, start } of serviceExamples) {
  describeWith(service)(`examples/${file}`, () => {
    let server: Service;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server.stop());

    test('prints what its last comment shows', async () => {
      const example = startExample(file, [], { [variable]: server.url });
      expect(await example.ended).toBe(0);
      expect(withoutNumbers(example.output())).toEqual(withoutNumbers(expectedOutput(file)));
    });
  });
}

test('examples/sqlite/report.mjs prints what its last comment shows', async () => {
  const node = isBuiltin('node:sqlite') ? process.execPath : findNode(24);
  const example = startExample('sqlite/report.mjs', [], {}, node);
  expect(await example.ended).toBe(0);
  expect(withoutNumbers(example.output())).toEqual(withoutNumbers(expectedOutput('sqlite/report.mjs')));
});

test('examples/sampling keeps about a tenth by ratio, and exactly what its own rule says', async () => {
  const example = startExample('sampling/sampling.mjs');
  expect(await example.ended).toBe(0);
  const [tenth, own] = example.output().trimEnd().split('\n');
  const kept = Number(/^tenth: kept (\d+) of 3000 spans$/.exec(tenth ?? '')?.[1]);
  // 300 are expected, with a standard deviation of 21. Both limits are seven deviations away.
  expect(kept).toBeGreaterThan(150);
  expect(kept).toBeLessThan(450);
  expect(own).toBe('own: kept 2000 of 3000 spans');
  expect(expectedOutput('sampling/sampling.mjs')).toContain(own);
});

describe('examples/otlp-collector', () => {
  test('delivers its trace to the receiver that OTEL_EXPORTER_OTLP_ENDPOINT names', async () => {
    const receiver = await startOtlpReceiver();
    const example = startExample('otlp-collector/app.mjs', [], {
      OTEL_EXPORTER_OTLP_ENDPOINT: new URL(receiver.url).origin,
    });
    expect(await example.ended).toBe(0);
    await receiver.close();
    expect(withoutNumbers(example.output())).toEqual(withoutNumbers(expectedOutput('otlp-collector/app.mjs')));
    const [{ traceId } = { traceId: 'none' }] = receiver.spans;
    expect(receiver.spans.map((span) => [span.name, span.traceId])).toEqual([
      ['reserveStock', traceId],
      ['chargeCard', traceId],
      ['checkout', traceId],
    ]);
    expect(example.output()).toContain(traceId);
  });

  test('reports that nothing listens, and the remedy', async () => {
    const receiver = await startOtlpReceiver();
    await receiver.close(); // its port is free now
    const example = startExample('otlp-collector/app.mjs', [], {
      OTEL_EXPORTER_OTLP_ENDPOINT: new URL(receiver.url).origin,
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
    });
    expect(await example.ended).toBe(1);
    expect(example.output()).toContain('Delivered 0 of 3 spans.');
    expect(example.output()).toMatch(/Last error: .*ECONNREFUSED/);
    expect(example.output()).toContain('To start a receiver: docker compose up -d');
  });
});

describe('examples/zipkin', () => {
  test('delivers its trace to the receiver that OTEL_EXPORTER_ZIPKIN_ENDPOINT names', async () => {
    const receiver = await startZipkinReceiver();
    const example = startExample('zipkin/app.mjs', [], { OTEL_EXPORTER_ZIPKIN_ENDPOINT: receiver.url });
    expect(await example.ended).toBe(0);
    await receiver.close();
    const printed = example.output().replace(new URL(receiver.url).origin, 'http://localhost:9411');
    expect(withoutNumbers(printed)).toEqual(withoutNumbers(expectedOutput('zipkin/app.mjs')));
    expect(receiver.spans.map(({ name }) => name)).toEqual(['waymark health check', 'chargeCard', 'checkout']);
  });

  test('reports that nothing listens, and the remedy', async () => {
    const receiver = await startZipkinReceiver();
    await receiver.close(); // its port is free now
    const example = startExample('zipkin/app.mjs', [], { OTEL_EXPORTER_ZIPKIN_ENDPOINT: receiver.url });
    expect(await example.ended).toBe(1);
    expect(example.output()).toMatch(
      /: nothing listens at .*\. Start a receiver there, or set OTEL_EXPORTER_ZIPKIN_ENDPOINT/,
    );
  });
});

describe('examples/shop --once', () => {
  test('shows both complete traces, as in the README, and ends with 0', async () => {
    const shop = startExample('shop/start.js', ['--once']);
    expect(await shop.ended).toBe(0);
    expect(shop.output()).toContain('13 spans, 3 services');
    expect(shop.output()).toContain('6 spans, 2 services');
    expect(shop.output()).toMatch(/✗ 22012: division by zero\n/);
    expect(shop.output()).toContain('Both traces are complete, each span below its parent.');

    const [picture] = readCodeBlocks('README.md').filter(({ language }) => language === 'text');
    const lines = withoutNumbers(picture?.code ?? '');
    expect(withoutNumbers(shop.output())).toEqual(expect.arrayContaining(lines));
    expect(lines).toHaveLength(15);
  });

  test('ends with 1 and reports the missing spans if a service sends none', async () => {
    const shop = startFaultyShop(
      "if (process.argv[1]?.endsWith('orders.mjs')) process.env.OTEL_SDK_DISABLED = 'true';",
    );
    expect(await shop.ended).toBe(1);
    const [, received = ''] = shop.output().split('but is:');
    expect(shop.output()).toContain('Its trace should be:\ngateway server GET /users/:id/orders user.id=7\n');
    expect(received).toContain('gateway internal fetchOrderHistory');
    expect(received).not.toContain('orders server');
  });

  test('ends with 1 and the reason if the database of DATABASE_URL does not work', async () => {
    const receiver = await startOtlpReceiver();
    await receiver.close(); // its port is free now
    const { host } = new URL(receiver.url);
    const shop = startExample('shop/start.js', ['--once'], { DATABASE_URL: `postgres://postgres@${host}/postgres` });
    expect(await shop.ended).toBe(1);
    expect(shop.output()).toBe(`The database in DATABASE_URL does not work: connect ECONNREFUSED ${host}\n`);
  });

  test('ends with 1 if a service ends', async () => {
    const shop = startFaultyShop("if (process.argv[1]?.endsWith('users.mjs')) process.send = () => process.exit(7);");
    expect(await shop.ended).toBe(1);
    expect(shop.output()).toContain('users ended before it listened (7)');
  });
});

describe('examples/shop', () => {
  testOnUnix('signals that a process can catch')(
    'shows each new trace until SIGINT, and leaves no process behind',
    async () => {
      const shop = startExample('shop/start.js');
      const [, gateway] = await shop.waitFor(/Your turn[\s\S]*curl (http:\S+)\/users\/7\/orders/);
      const before = shop.output().length;
      const response = await fetch(`${gateway}/users/8/orders`);
      expect(await response.json()).toEqual({
        user: { id: 8, name: 'Grace', average: 32 },
        orders: [
          { id: '8-1', total: 36 },
          { id: '8-2', total: 22.5 },
        ],
      });
      await shop.waitFor(/user\.id=8[\s\S]*discount 200/);
      expect(shop.output().slice(before)).toContain('13 spans, 3 services');

      shop.kill('SIGINT');
      expect(await shop.ended).toBe(0);
      // A service that still runs would hold the output open. And nothing listens any more.
      await expect(fetch(`${gateway}/users/8/orders`)).rejects.toThrow();
    },
  );

  test('also sends the spans to OTEL_EXPORTER_OTLP_ENDPOINT, if it is set', async () => {
    const receiver = await startOtlpReceiver();
    const shop = startExample('shop/start.js', ['--once'], {
      OTEL_EXPORTER_OTLP_ENDPOINT: new URL(receiver.url).origin,
    });
    expect(await shop.ended).toBe(0);
    await receiver.close();
    // Each request is sent twice, the first time to warm up.
    expect(countByService(receiver.spans)).toEqual({ gateway: 2 * (5 + 3), orders: 2 * 3, users: 2 * (5 + 3) });
  });
});

describeWith('postgres')('examples/shop --once, on a server of yours', () => {
  let server: Service;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  test('keeps its tables in a schema, and starts again with them', async () => {
    for (let run = 0; run < 2; run++) {
      const shop = startExample('shop/start.js', ['--once'], { DATABASE_URL: server.url });
      expect(await shop.ended).toBe(0);
      expect(shop.output()).toContain(`database  PostgreSQL  ${server.host}:${server.port}\n`);
    }
    const client = new pg.Client(server.url);
    await client.connect();
    const { rows } = await client.query(
      "SELECT schemaname, count(*)::int FROM pg_tables WHERE tableowner = current_user AND schemaname !~ '^pg_|^info' GROUP BY 1",
    );
    await client.end();
    expect(rows).toEqual([{ schemaname: 'waymark_shop', count: 5 }]);
  });
});

test.each(readdirSync(examples))('examples/%s depends on the released versions, and starts by npm start', (name) => {
  const manifest = JSON.parse(readFileSync(join(examples, name, 'package.json'), 'utf8'));
  expect(manifest).toMatchObject({ name: `waymark-example-${name}`, private: true, type: 'module' });
  expect(manifest.scripts.start).toMatch(/^(node|tsx) \S+$/);
  const ours = Object.entries(manifest.dependencies).filter(([dependency]) => dependency.startsWith('@waymark/'));
  expect(ours.map(([, range]) => range)).toEqual(ours.map(() => `^${version}`));
});

/** The comment at the end of a file, after "What you should see". */
function expectedOutput(file: string): string {
  const source = readFileSync(join(examples, file), 'utf8');
  const comment = /^\/\/ What you should see.*\n\/\/\n((?:\/\/.*\n)+)$/m.exec(source)?.[1];
  if (comment === undefined) throw new Error(`examples/${file} does not end with the expected output`);
  return comment.replace(/^\/\/ ?/gm, '');
}

/** @param fault Code that each of the shop's processes runs before its own. */
function startFaultyShop(fault: string): Example {
  const file = join(faults, 'fault.cjs');
  writeFileSync(file, fault);
  return startExample('shop/start.js', ['--once'], { NODE_OPTIONS: `--require=${file}` });
}

function countByService(spans: readonly SpanData[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { resource } of spans) {
    const service = String(resource.attributes['service.name']);
    counts[service] = (counts[service] ?? 0) + 1;
  }
  return counts;
}

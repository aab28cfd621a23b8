import { createTracer } from '../create-tracer.ts';
import { setDefaultTracer } from '../default-tracer.ts';
import { instrumentOutbound } from '../outbound/index.ts';
import { inMemoryExporter } from '../testing/index.ts';
import { noteTraced } from '../traced-subjects.ts';
import { checkPrefer, createGuard, subjectsOf } from './doubled.ts';

const lines: string[] = [];

beforeEach(() => {
  lines.length = 0;
});

function startTracer(options: Parameters<typeof createTracer>[0] = {}): void {
  setDefaultTracer(createTracer({ exporter: inMemoryExporter(), log: (line) => lines.push(line), ...options }));
  lines.length = 0; // the default tracer of the test before has been replaced
}

describe('what an instrumentation traces', () => {
  test.each([
    ['@opentelemetry/instrumentation-socket.io', ['socket.io']],
    ['@opentelemetry/instrumentation-http', ['server', 'node:http']],
    ['@opentelemetry/instrumentation-undici', ['undici']],
    ['@opentelemetry/instrumentation-express', ['server']],
    ['@opentelemetry/instrumentation-router', ['server']],
    ['@opentelemetry/instrumentation-connect', ['server']],
    ['@opentelemetry/instrumentation-fastify', ['server']],
    ['@fastify/otel', ['server']],
    ['@opentelemetry/instrumentation-pg', ['pg']],
    ['@opentelemetry/instrumentation-mysql2', ['mysql2']],
    ['@opentelemetry/instrumentation-mongodb', ['mongodb']],
    ['@opentelemetry/instrumentation-mongoose', ['mongoose']],
    ['@opentelemetry/instrumentation-ioredis', ['ioredis', 'iovalkey']],
    ['@opentelemetry/instrumentation-redis', ['redis']],
    ['@opentelemetry/instrumentation-redis-4', ['redis']],
    ['@opentelemetry/instrumentation-tedious', ['tedious', 'mssql']],
    ['@appsignal/opentelemetry-instrumentation-bullmq', ['bullmq']],
    ['opentelemetry-instrumentation-express', ['server']],
    ['opentelemetry-instrumentation-fetch-node', ['undici']],
    ['opentelemetry-plugin-better-sqlite3', ['better-sqlite3']],
    // Another layer, or a library that is not traced: the spans show what no other span shows.
    ['@opentelemetry/instrumentation-mysql', []],
    ['@opentelemetry/instrumentation-knex', []],
    ['@opentelemetry/instrumentation-nestjs-core', []],
    ['@opentelemetry/instrumentation-net', []],
    ['@opentelemetry/instrumentation-dns', []],
    ['@opentelemetry/instrumentation-koa', []],
    ['@prisma/instrumentation', []],
    ['prisma', []],
    ['bullmq-otel', []],
    ['pg', []],
    ['my-instrumentation-', []],
    ['instrumentation-constructor', []],
    ['', []],
  ])('%s: %j', (name, subjects) => {
    expect(subjectsOf(name)).toEqual(subjects);
  });
});

describe('the option prefer', () => {
  test.each([undefined, 'waymark', 'opentelemetry', 'both', {}, { '@opentelemetry/instrumentation-pg': 'both' }])(
    'takes %j',
    (prefer) => {
      expect(() => checkPrefer(prefer)).not.toThrow();
    },
  );

  test.each([
    ['otel', /prefer must be 'waymark', 'opentelemetry' or 'both', or one of these by the name/],
    [null, /prefer must be/],
    [['waymark'], /prefer must be/],
    [
      { '@opentelemetry/instrumentation-pg': 'ours' },
      /prefer\["@opentelemetry\/instrumentation-pg"\] must be .* got "ours"/,
    ],
  ])('refuses %j', (prefer, message) => {
    expect(() => checkPrefer(prefer)).toThrow(message);
    expect(() => checkPrefer(prefer)).toThrow(expect.objectContaining({ code: 'WAYMARK_INVALID_OPTION' }));
  });
});

describe('spans that are left out', () => {
  const pg = '@opentelemetry/instrumentation-pg';

  test('only as long as Waymark traces the library, and by a tracer that wants it', () => {
    startTracer();
    const watched = createGuard('waymark', false).watch('@opentelemetry/instrumentation-mysql2');
    expect(watched?.isSilent(2)).toBe(false);
    noteTraced('mysql2');
    expect(watched?.isSilent(2)).toBe(true);
    startTracer({ libraries: { mysql2: false } });
    expect(watched?.isSilent(2)).toBe(false);
  });

  test('are reported once for each instrumentation, with what to write', () => {
    startTracer();
    noteTraced('pg');
    const watched = createGuard('waymark', false).watch(pg);
    watched?.isSilent(2);
    watched?.isSilent(2);
    expect(lines).toEqual([
      `waymark info: ${pg} traces what Waymark traces, so its spans are left out. Remove it, or choose by the option prefer: ` +
        `bridgeOpenTelemetry(api, { prefer: { '${pg}': 'opentelemetry' } }) leaves these calls to it, and 'both' has both spans. ` +
        'See docs/opentelemetry.md',
    ]);
  });

  test('of HTTP by their kind: each side of a call for itself', () => {
    startTracer();
    const watched = createGuard('waymark', false).watch('@opentelemetry/instrumentation-http');
    expect([1, 2].map((kind) => watched?.isSilent(kind))).toEqual([false, false]);
    const stop = instrumentOutbound();
    expect([1, 2].map((kind) => watched?.isSilent(kind))).toEqual([false, true]);
    noteTraced('server');
    expect([1, 2].map((kind) => watched?.isSilent(kind))).toEqual([true, true]);
    stop();
    expect([1, 2].map((kind) => watched?.isSilent(kind))).toEqual([true, false]);
  });

  test('none, if both are wanted, or the others', () => {
    startTracer();
    noteTraced('pg');
    expect(createGuard('both', false).watch(pg)).toBeUndefined();
    expect(createGuard('opentelemetry', false).watch(pg)).toBeUndefined();
    expect(createGuard({ [pg]: 'both' }, false).watch(pg)).toBeUndefined();
    expect(createGuard({ other: 'both' }, false).watch(pg)?.isSilent(2)).toBe(true);
  });

  test('all of a tracer that is named, whatever it traces', () => {
    startTracer();
    expect(createGuard({ noisy: 'waymark' }, false).watch('noisy')?.isSilent(0)).toBe(true);
    expect(createGuard('waymark', false).watch('noisy')).toBeUndefined();
    expect(createGuard({}, false).watch('toString')).toBeUndefined();
  });
});

describe('what Waymark leaves to the others', () => {
  const pg = '@opentelemetry/instrumentation-pg';

  test('with a name, from the start', () => {
    const guard = createGuard({ [pg]: 'opentelemetry' }, false);
    expect([guard.leavesToTheirs('pg'), guard.leavesToTheirs('mysql2')]).toEqual([true, false]);
    expect(guard.wrapsOverTheirs).toBe(true);
  });

  test('with one choice for all, what an instrumentation is there for', () => {
    const guard = createGuard('opentelemetry', false);
    expect(guard.leavesToTheirs('pg')).toBe(false);
    guard.watch(pg);
    expect([guard.leavesToTheirs('pg'), guard.leavesToTheirs('mysql2')]).toEqual([true, false]);
    expect(guard.wrapsOverTheirs).toBe(false);
  });

  test('nothing, by default and with both', () => {
    for (const prefer of ['waymark', 'both'] as const) {
      const guard = createGuard(prefer, false);
      guard.watch(pg);
      expect([guard.leavesToTheirs('pg'), guard.wrapsOverTheirs]).toEqual([false, true]);
    }
  });

  test('beside an SDK, the libraries that it has wrapped', () => {
    expect(createGuard('waymark', true).wrapsOverTheirs).toBe(false);
  });
});

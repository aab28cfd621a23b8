// Prisma 6 and 7 with an adapter, by a program that loads them: nothing to write. Prisma 5 and the engine are in contract.test.ts.
import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SpanData } from '@waymark/core/testing';
import { describeWith } from '../../services/describe-with.ts';
import { startPostgres } from '../../services/postgres.ts';
import type { Service } from '../../services/service.ts';
import { drawSpans } from '../draw-spans.ts';
import { installPrisma, type PrismaMajor } from './install-prisma.ts';

const root = join(__dirname, '../../..');

// Installing Prisma takes a minute, once.
jest.setTimeout(300_000);

describeWith('postgres')('prisma', () => {
  // Inside the package that has the built packages, so that they resolve.
  const folder = mkdtempSync(join(root, 'tests/libraries/node_modules/prisma-'));
  const program = join(folder, 'program.cjs');
  let server: Service;

  beforeAll(async () => {
    execFileSync(
      process.execPath,
      ['--input-type=module', '--eval', "(await import('./scripts/setup.mjs')).buildPackages()"],
      { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    copyFileSync(join(__dirname, 'program.cjs'), program);
    server = await startPostgres();
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await server.stop();
  });

  async function run(major: PrismaMajor, libraries: unknown = true): Promise<readonly SpanData[]> {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [program, await installPrisma(major), server.url, JSON.stringify(libraries)],
      { maxBuffer: 1e8, env: { PATH: process.env.PATH } },
    );
    return JSON.parse(stdout) as SpanData[];
  }

  test.each([7, 6] as const)('%i: operations and their statements are below their callers', async (major) => {
    const spans = await run(major);
    const find = ['  User.findMany', '    SELECT "public"."User" (1)', '    SELECT "public"."Post" (2)'];
    expect(drawSpans(spans)).toEqual([
      'nested',
      '  User.create',
      '    BEGIN',
      '    INSERT "public"."User" (1)',
      '    INSERT "public"."Post"',
      '    SELECT "public"."User" (1)',
      '    COMMIT',
      ...['a', 'b', 'c', 'd', 'e'].flatMap((caller) => [caller, ...find]),
      'duplicate',
      '  User.create ! P2002',
      '    INSERT "public"."User" ! 23505',
      'invalid',
      '  User.create ! PrismaClientValidationError',
      'batch',
      '  $transaction',
      '    User.count',
      '      BEGIN',
      '      SELECT SELECT "public"."User" (1)',
      '      SELECT SELECT "public"."Post" (1)',
      '      COMMIT',
      '    Post.count',
      'interactive',
      '  $transaction',
      '    BEGIN',
      '    User.count',
      '      SELECT SELECT "public"."User" (1)',
      '    step',
      '      Post.count',
      '        SELECT SELECT "public"."Post" (1)',
      '    COMMIT',
      'rolled back',
      '  $transaction ! Error',
      '    BEGIN',
      '    Post.deleteMany',
      '      DELETE "public"."Post"',
      '    ROLLBACK',
      'raw',
      '  queryRaw',
      '    SELECT "User" (1)',
      '  queryRaw ! P2010',
      '    SELECT nothing ! 42P01',
      'joined',
      // Prisma joins these into one statement.
      '  User.findUnique',
      '    SELECT "public"."User" (1)',
      '  User.findUnique',
      'one tick',
      '  User.findUnique',
      '    SELECT "public"."User" (1)',
      '  Post.findUnique',
      '    SELECT "public"."Post" (1)',
    ]);
    expect(JSON.stringify(spans)).not.toContain('secret');
    expect(spans.find(({ name }) => name === 'INSERT "public"."Post"')).toMatchObject({
      kind: 'client',
      attributes: {
        'db.system.name': 'postgresql',
        'db.query.text': expect.stringMatching(/^INSERT INTO "public"."Post" .* VALUES \(\$1,/),
        'db.query.summary': 'INSERT "public"."Post"',
      },
    });
    expect(spans.find(({ name }) => name === 'User.findMany')).toMatchObject({
      kind: 'internal',
      attributes: { 'db.operation.name': 'findMany' },
    });
  });

  test('has no spans where it is turned off', async () => {
    const spans = await run(7, { prisma: false, pg: false });
    expect(spans.filter(({ parentSpanId }) => parentSpanId !== undefined).map(({ name }) => name)).toEqual(['step']);
  });
});

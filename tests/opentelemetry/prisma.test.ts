import { installPrisma } from '../libraries/prisma/install-prisma.ts';
import { describeWith } from '../services/describe-with.ts';
import { startPostgres } from '../services/postgres.ts';
import type { Service } from '../services/service.ts';
import { drawTrees } from './printed-span.ts';
import { runBoth } from './run-both.ts';
import { runScenario } from './start-scenarios.ts';

// Installing Prisma takes a minute, once.
jest.setTimeout(300_000);

describeWith('postgres')('@prisma/instrumentation', () => {
  let postgres: Service;
  beforeAll(async () => {
    await installPrisma(7);
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  test.each(['sdk-3', 'sdk-2'] as const)('Prisma 7, %s', async (generation) => {
    const { lines, waymark, sdk } = await runBoth('prisma', { generation, servers: { postgres } });
    const [operation, query] = ['prisma:client:operation (prisma)', 'client prisma:client:db_query (prisma)'];
    const [compile, serialize] = ['prisma:client:compile (prisma)', 'prisma:client:serialize (prisma)'];
    const begin = 'prisma:client:start_transaction (prisma)';
    const commit = 'prisma:client:commit_transaction (prisma)';
    expect(lines).toEqual([
      'prisma:client:disconnect (prisma)',
      'server batch',
      '  prisma:client:transaction (prisma)',
      // Its own: the first operation has the statements of both.
      `    ${operation}`,
      `      ${query} × 2`,
      `      ${commit}`,
      `        ${query}`,
      `      ${compile}`,
      `      ${serialize}`,
      `      ${begin}`,
      `    ${operation}`,
      `      ${serialize}`,
      'server create tables',
      `  ${operation}`,
      `    ${query}`,
      '    prisma:client:connect (prisma)',
      `    ${serialize}`,
      `  ${operation} × 3`,
      `    ${query}`,
      `    ${serialize}`,
      'server duplicate',
      '  after failure',
      `  ${operation}`,
      `    ${query}`,
      `    ${compile}`,
      `    ${serialize}`,
      ...['a', 'b', 'c', 'd', 'e'].flatMap((name) => [
        `server find ${name}`,
        `  after ${name}`,
        `  ${operation}`,
        `    ${query} × 2`,
        ...(name === 'a' ? [`    ${compile}`] : []), // the plan is kept
        `    ${serialize}`,
      ]),
      'server interactive',
      '  prisma:client:transaction (prisma)',
      '    in transaction',
      `    ${commit}`,
      `      ${query}`,
      `    ${operation}`,
      `      ${query}`,
      `      ${compile}`,
      `      ${serialize}`,
      `    ${begin}`,
      'server nested',
      `  ${operation}`,
      `    ${query} × 3`,
      `    ${commit}`,
      `      ${query}`,
      `    ${compile}`,
      `    ${serialize}`,
      `    ${begin}`,
      'server raw',
      `  ${operation}`,
      `    ${query}`,
      `    ${serialize}`,
    ]);
    expect(waymark).toEqual(sdk);
  });

  test('beside Waymark an operation has one span, with the statements of pg below', async () => {
    const lines = drawTrees(await runScenario('prisma-doubled', 'waymark', { servers: { postgres } }));
    const start = lines.indexOf('server find b');
    expect(lines.slice(start, start + 7)).toEqual([
      'server find b',
      '  after b',
      '  prisma:client:operation (prisma)',
      '    client prisma:client:db_query (prisma)',
      '      client SELECT "public"."Post"',
      '    client prisma:client:db_query (prisma)',
      '      client SELECT "public"."User"',
    ]);
    expect(lines.filter((line) => line.includes('User.findMany'))).toEqual([]);
  });

  test('the statements have one span each if Prisma leaves them to pg', async () => {
    const lines = drawTrees(await runScenario('prisma-statements', 'waymark', { servers: { postgres } }));
    const start = lines.indexOf('server find b');
    expect(lines.slice(start, start + 6)).toEqual([
      'server find b',
      '  after b',
      '  prisma:client:operation (prisma)',
      '    client SELECT "public"."Post"',
      '    client SELECT "public"."User"',
      '    prisma:client:serialize (prisma)',
    ]);
  });
});

// @prisma/instrumentation with Prisma 7 and its adapter for pg: queries that run at once, a nested write, transactions, errors.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { installPrisma } from '../../libraries/prisma/install-prisma.ts';
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  services: ['postgres'],
  instrumentations: (load) => [new (load('@prisma/instrumentation').PrismaInstrumentation)()],

  async run({ servers, inRequest, mark }) {
    const loadPrisma = createRequire(join(await installPrisma(7), 'package.json'));
    const { PrismaClient } = loadPrisma('@prisma/client');
    const { PrismaPg } = loadPrisma('@prisma/adapter-pg');
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: servers.postgres.url, max: 2 }) });
    await inRequest('create tables', async () => {
      for (const statement of [
        'DROP TABLE IF EXISTS "Post"',
        'DROP TABLE IF EXISTS "User"',
        'CREATE TABLE "User" (id serial primary key, email text unique not null)',
        'CREATE TABLE "Post" (id serial primary key, title text not null, "authorId" int not null references "User")',
      ]) {
        await prisma.$executeRawUnsafe(statement);
      }
    });
    const email = 'a@example.com';
    await inRequest('nested', () => prisma.user.create({ data: { email, posts: { create: [{ title: 'one' }] } } }));
    await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map((name) =>
        inRequest(`find ${name}`, async () => {
          await prisma.user.findMany({ include: { posts: true } });
          mark(`after ${name}`);
        }),
      ),
    );
    await inRequest('duplicate', () => prisma.user.create({ data: { email } }).catch(() => mark('after failure')));
    await inRequest('interactive', () =>
      prisma.$transaction(async (transaction: typeof prisma) => {
        await transaction.user.count();
        mark('in transaction');
      }),
    );
    await inRequest('batch', () => prisma.$transaction([prisma.user.count(), prisma.post.count()]));
    await inRequest('raw', () => prisma.$queryRaw`SELECT 1 AS one`);
    await prisma.$disconnect();
  },
};

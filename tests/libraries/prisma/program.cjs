// @ts-nocheck: a generated client
// `program.cjs <folder of Prisma> <url> <libraries>`: a service with Prisma on PostgreSQL. It prints its spans as JSON.
const { createRequire } = require('node:module');
const { join } = require('node:path');

const [, , folder, url, libraries] = process.argv;
const { PrismaClient } = createRequire(join(folder, 'package.json'))('@prisma/client');
const { PrismaPg } = createRequire(join(folder, 'package.json'))('@prisma/adapter-pg');
const { activeSpan, getTracer, withSpan } = require('@waymark/core');
const { inMemoryExporter } = require('@waymark/core/testing');

const exporter = inMemoryExporter();
getTracer({ exporter, libraries: JSON.parse(libraries) });

async function main() {
  const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: 2 }) });
  for (const statement of [
    'DROP TABLE IF EXISTS "Post"',
    'DROP TABLE IF EXISTS "User"',
    'CREATE TABLE "User" (id serial primary key, email text unique not null)',
    'CREATE TABLE "Post" (id serial primary key, title text not null, "authorId" int not null references "User")',
  ]) {
    await prisma.$executeRawUnsafe(statement);
  }
  const email = 'secret@example.com';
  await withSpan('nested', () =>
    prisma.user.create({ data: { email, posts: { create: [{ title: 'secret one' }, { title: 'secret two' }] } } }),
  );
  await Promise.all(
    ['a', 'b', 'c', 'd', 'e'].map((caller) =>
      withSpan(caller, async () => {
        await prisma.user.findMany({ include: { posts: true } });
        if (activeSpan()?.name !== caller) throw new Error(`the continuation of ${caller} is elsewhere`);
      }),
    ),
  );
  await withSpan('duplicate', () => prisma.user.create({ data: { email } }).catch(() => {}));
  await withSpan('invalid', () => prisma.user.create({ data: { email: 42, secret: 'secret' } }).catch(() => {}));
  await withSpan('batch', () => prisma.$transaction([prisma.user.count(), prisma.post.count()]));
  await withSpan('interactive', () =>
    prisma.$transaction(async (transaction) => {
      await transaction.user.count();
      await withSpan('step', () => transaction.post.count());
    }),
  );
  await withSpan('rolled back', () =>
    prisma
      .$transaction(async (transaction) => {
        await transaction.post.deleteMany();
        throw new Error('no');
      })
      .catch(() => {}),
  );
  await withSpan('raw', async () => {
    await prisma.$queryRaw`SELECT * FROM "User" WHERE email = ${email}`;
    await prisma.$queryRawUnsafe(`SELECT * FROM nothing WHERE email = 'secret'`).catch(() => {});
  });
  await withSpan('joined', () => Promise.all([1, 2].map((id) => prisma.user.findUnique({ where: { id } }))));
  await withSpan('one tick', () =>
    Promise.all([prisma.user.findUnique({ where: { id: 1 } }), prisma.post.findUnique({ where: { id: 1 } })]),
  );
  await prisma.$disconnect();
  console.log(JSON.stringify(exporter.spans));
}

void main();

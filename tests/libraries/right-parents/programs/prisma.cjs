// A query of a model, a raw one, one in a transaction, and one that fails, on PostgreSQL by Prisma's adapter for pg.
'use strict';
const { expectFailure, fails, literal, numericLiteral, rowsOf, value } = require('../numbers.cjs');

exports.operationsOf = (n) => [
  { pattern: /^select .*"Item"/i },
  { mark: `r${n}a`, rows: rowsOf(n) },
  { mark: `r${n}b`, rows: 1 },
  ...(fails(n) ? [{ mark: `r${n}c`, fails: true }] : []),
];

exports.open = async ({ load, server, ownSpan }) => {
  const { PrismaPg } = load('@prisma/adapter-pg');
  const { PrismaClient } = load('./node_modules/.generated-prisma-client');
  const prisma = new PrismaClient({ adapter: new PrismaPg({ ...server, max: 5 }) });
  await prisma.$executeRawUnsafe(
    'create table if not exists "Item" (id serial primary key, owner integer not null, name text not null)',
  );
  return {
    async run(n) {
      await prisma.item.findMany({ where: { owner: n, name: value(n) } }).then(() => ownSpan(n));
      const rows = `from generate_series(1, ${rowsOf(n)})`;
      await prisma.$queryRawUnsafe(`select '${literal(n)}' as r${n}a, ${numericLiteral(n)} as other ${rows}`);
      await prisma.$transaction(async (transaction) => {
        await transaction.$queryRawUnsafe(`select $1::text as r${n}b`, value(n));
      });
      // The server's message repeats the literal.
      if (fails(n)) await expectFailure(prisma.$queryRawUnsafe(`select '${literal(n)}'::int as r${n}c`));
    },
    close: () => prisma.$disconnect(),
  };
};

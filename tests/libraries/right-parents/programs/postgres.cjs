// A tagged query with a parameter, one with literals, one in a transaction, and one that fails.
'use strict';
const { expectFailure, fails, literal, numericLiteral, rowsOf, value } = require('../numbers.cjs');

exports.operationsOf = (n) => [
  { mark: `r${n}a`, rows: rowsOf(n) },
  { mark: `r${n}b`, rows: 1 },
  { mark: `r${n}c`, rows: 1 },
  ...(fails(n) ? [{ mark: `r${n}d`, fails: true }] : []),
];

exports.open = async ({ load, server, ownSpan }) => {
  const postgres = load('postgres');
  const sql = postgres({ ...server, max: 5, onnotice: () => undefined });
  return {
    async run(n) {
      const text = `select '${literal(n)}' as r${n}a, ${numericLiteral(n)} as other from generate_series(1, ${rowsOf(n)})`;
      await sql.unsafe(text).then(() => ownSpan(n));
      await sql`select ${value(n)}::text as ${sql(`r${n}b`)}`;
      await sql.begin((transaction) => transaction`select ${value(n)}::text as ${transaction(`r${n}c`)}`);
      // The server's message repeats the literal.
      if (fails(n)) await expectFailure(sql.unsafe(`select '${literal(n)}'::int as r${n}d`));
    },
    close: () => sql.end(),
  };
};

// A query with a callback, one with a parameter, one in a transaction, and one that fails.
'use strict';
const { expectFailure, fails, literal, numericLiteral, rowsOf, value, whenCalledBack } = require('../numbers.cjs');

exports.operationsOf = (n) => [
  { mark: `r${n}a`, rows: rowsOf(n) },
  { mark: `r${n}b`, rows: 1 },
  { pattern: /^begin$/i },
  { mark: `r${n}c`, rows: 1 },
  { pattern: /^commit$/i },
  ...(fails(n) ? [{ mark: `r${n}d`, fails: true }] : []),
];

exports.open = async ({ load, server, ownSpan }) => {
  const { Pool } = load('pg');
  const pool = new Pool({ ...server, max: 5 });
  return {
    async run(n) {
      const text = `select '${literal(n)}' as r${n}a, ${numericLiteral(n)} as other from generate_series(1, ${rowsOf(n)})`;
      await whenCalledBack(
        (done) => pool.query(text, done),
        () => ownSpan(n),
      );
      await pool.query(`select $1::text as r${n}b`, [value(n)]);
      const client = await pool.connect();
      try {
        await client.query('begin');
        await client.query({ text: `select $1::text as r${n}c`, values: [value(n)] });
        await client.query('commit');
      } finally {
        client.release();
      }
      // The server's message repeats the literal.
      if (fails(n)) await expectFailure(pool.query(`select '${literal(n)}'::int as r${n}d`));
    },
    close: () => pool.end(),
  };
};

// A query with a callback, a prepared one by promise, one in a transaction, and one that fails.
'use strict';
const { expectFailure, fails, literal, numericLiteral, rowsOf, value, whenCalledBack } = require('../numbers.cjs');

exports.operationsOf = (n) => [
  { mark: `r${n}a`, rows: rowsOf(n) },
  { mark: `r${n}b`, rows: 1 },
  { mark: `r${n}c`, rows: 1 },
  ...(fails(n) ? [{ mark: `r${n}d`, fails: true }] : []),
];

exports.open = async ({ load, server, ownSpan }) => {
  const pool = load('mysql2').createPool({ ...server, connectionLimit: 5 });
  const promises = pool.promise();
  await promises.query('create table if not exists marks (name varchar(100) primary key)');
  return {
    async run(n) {
      const row = `select '${literal(n)}' as r${n}a, ${numericLiteral(n)} as other`;
      const text = Array.from({ length: rowsOf(n) }, () => row).join(' union all ');
      await whenCalledBack(
        (done) => pool.query(text, done),
        () => ownSpan(n),
      );
      await promises.execute(`select ? as r${n}b`, [value(n)]);
      const connection = await promises.getConnection();
      try {
        await connection.beginTransaction();
        // The driver writes the values into the text of such a query.
        await connection.query(`select ? as r${n}c`, [value(n)]);
        await connection.commit();
      } finally {
        connection.release();
      }
      // The server's message repeats the literal: a duplicate entry.
      const row2 = `select '${literal(n)}' as r${n}d`;
      if (fails(n)) await expectFailure(promises.query(`insert into marks ${row2} union all ${row2}`));
    },
    close: () => promises.end(),
  };
};

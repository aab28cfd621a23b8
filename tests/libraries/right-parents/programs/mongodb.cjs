// Inserts into a collection that each request has for itself, reads it by a cursor, and makes one command that fails.
'use strict';
const { expectFailure, fails, rowsOf, value } = require('../numbers.cjs');

exports.operationsOf = (n) => [
  { mark: `r${n}a` },
  { mark: `r${n}a`, rows: rowsOf(n) },
  ...(fails(n) ? [{ mark: `r${n}a`, fails: true }] : []),
];

exports.open = async ({ load, server, ownSpan }) => {
  const { MongoClient } = load('mongodb');
  const client = new MongoClient(server.url, { maxPoolSize: 5 });
  const shop = client.db('shop');
  return {
    async run(n) {
      const collection = shop.collection(`r${n}a`);
      await collection.insertMany(Array.from({ length: rowsOf(n) }, () => ({ name: value(n) })));
      await collection
        .find({ name: value(n) })
        .toArray()
        .then(() => ownSpan(n));
      if (fails(n)) await expectFailure(collection.find({ name: { $noSuch: value(n) } }).toArray());
    },
    close: () => client.close(),
  };
};

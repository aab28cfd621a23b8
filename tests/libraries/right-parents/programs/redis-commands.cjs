// What each request does with a client or a pool of `redis`.
'use strict';
const { expectFailure, fails, value } = require('../numbers.cjs');

exports.operationsOf = (n) => [
  { mark: `r${n}a` },
  { mark: `r${n}b` },
  { mark: `r${n}c` },
  { mark: `r${n}d` },
  ...(fails(n) ? [{ mark: `r${n}e`, fails: true }] : []),
];

exports.commandsOf = async (n, client, ownSpan) => {
  await client.set(`r${n}a`, value(n));
  await client.get(`r${n}b`).then(() => ownSpan(n));
  await Promise.all([client.get(`r${n}c`), client.get(`r${n}d`)]);
  // The server wants a value.
  if (fails(n)) await expectFailure(client.lPush(`r${n}e`, []));
};

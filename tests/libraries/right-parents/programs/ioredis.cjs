// Commands of five clients that connect only when the first requests are there, and of one that makes pipelines by itself.
'use strict';
const { expectFailure, fails, value, whenCalledBack } = require('../numbers.cjs');

exports.operationsOf = (n) => [
  { mark: `r${n}a` },
  { mark: `r${n}b` },
  { mark: `r${n}c` },
  ...(fails(n) ? [{ mark: `r${n}d`, fails: true }] : []),
];

exports.open = async ({ load, server, ownSpan }) => {
  const { Redis } = load('ioredis');
  const clients = Array.from({ length: 5 }, () => new Redis({ ...server, lazyConnect: true }));
  const pipelining = new Redis({ ...server, lazyConnect: true, enableAutoPipelining: true });
  return {
    async run(n) {
      const client = clients[n % clients.length];
      await client.set(`r${n}a`, value(n));
      await whenCalledBack(
        (done) => client.get(`r${n}b`, done),
        () => ownSpan(n),
      );
      await pipelining.get(`r${n}c`);
      // The server wants a value.
      if (fails(n)) await expectFailure(client.lpush(`r${n}d`));
    },
    async close() {
      for (const client of [...clients, pipelining]) client.disconnect();
    },
  };
};

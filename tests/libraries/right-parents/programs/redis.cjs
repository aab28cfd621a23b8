// Commands of five clients, two of them at once, and one command that fails.
'use strict';
const { commandsOf, operationsOf } = require('./redis-commands.cjs');

exports.operationsOf = operationsOf;

exports.open = async ({ load, server, ownSpan }) => {
  const { createClient } = load('redis');
  const clients = Array.from({ length: 5 }, () => createClient({ socket: server }));
  for (const client of clients) client.on('error', () => undefined);
  await Promise.all(clients.map((client) => client.connect()));
  return {
    run: (n) => commandsOf(n, clients[n % clients.length], ownSpan),
    async close() {
      for (const client of clients) await client.close();
    },
  };
};

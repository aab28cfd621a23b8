// The same commands by the library's pool, with up to five clients: a command waits until one of them is free.
'use strict';
const { commandsOf, operationsOf } = require('./redis-commands.cjs');

exports.operationsOf = operationsOf;

exports.open = async ({ load, server, ownSpan }) => {
  const { createClientPool } = load('redis');
  const pool = createClientPool({ socket: server }, { minimum: 1, maximum: 5 });
  pool.on('error', () => undefined);
  await pool.connect();
  return {
    run: (n) => commandsOf(n, pool, ownSpan),
    close: () => pool.close(),
  };
};

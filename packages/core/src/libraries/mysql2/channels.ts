/**
 * The channels that mysql2 publishes on since 3.20.
 *
 * A pool that is full calls back from the request that releases a connection, and a connection from the request that opened it. The
 * subscription restores the caller for the callbacks of all three channels: without it, a statement of a waiting request would be a
 * child of another one's span.
 *
 * `mysql2:connect` is left alone. With a subscriber, mysql2 listens for errors of the connection itself, and one that nothing else
 * listens for would no longer end the process.
 *
 * @see https://sidorares.github.io/node-mysql2/docs/documentation/tracing-channels
 */

import { subscribeChannel } from '../channel-subscriber.ts';
import { recordRows } from '../mysql-results.ts';
import type { Operation } from '../operation.ts';
import { beginQuery } from '../sql-operation.ts';
import { ConnectionAttempt } from './failed-connection.ts';
import { failStatement, sharedOf } from './mysql2-facts.ts';
import { takeRunning } from './running-statement.ts';

interface ConnectMessage {
  readonly database?: unknown;
  readonly serverAddress?: unknown;
  readonly serverPort?: unknown;
}

interface StatementMessage extends ConnectMessage {
  /** On `mysql2:query` with the values in it. */
  readonly query?: unknown;
  readonly values?: unknown;
  readonly result?: unknown;
}

/** Messages of statements whose rows are arrays. */
const withArrayRows = new WeakSet<StatementMessage>();

function startStatement(message: StatementMessage): Operation | undefined {
  const running = takeRunning();
  const text = running?.text ?? (typeof message.query === 'string' ? message.query : '');
  const server = sharedOf(message.database, message.serverAddress, message.serverPort);
  const operation = beginQuery('mysql2', 'mysql', text, server, message.values);
  if (running !== undefined) {
    running.operation = operation;
    if (running.isRowsAsArray && operation !== undefined) withArrayRows.add(message);
  }
  return operation;
}

const statements = {
  nests: false,
  start: startStatement,
  succeed(operation: Operation, message: StatementMessage): void {
    recordRows(operation, message.result, withArrayRows.has(message));
  },
  fail: failStatement,
};

/** Subscribes, once in the process. */
export function subscribeToMysql2(): void {
  subscribeChannel<StatementMessage>('mysql2:query', statements);
  subscribeChannel<StatementMessage>('mysql2:execute', statements);
  subscribeChannel<ConnectMessage, ConnectionAttempt>('mysql2:pool:connect', {
    nests: false,
    start: ({ database, serverAddress, serverPort }) =>
      ConnectionAttempt.begin(sharedOf(database, serverAddress, serverPort)),
  });
}

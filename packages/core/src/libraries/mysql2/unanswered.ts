/**
 * Statements that are never answered: mysql2 forgets those under way when the application destroys their connection, and those
 * without a callback also when the connection is lost.
 */
import { contained } from '../../count-fault.ts';
import type { Operation } from '../operation.ts';
import { failStatement } from './mysql2-facts.ts';
import type { Command, Connection } from './mysql2-types.ts';

// On the command: mysql2 has its commands in queues, and drops them when they are answered.
const operationKey: unique symbol = Symbol('waymark.operation');

interface OwnedCommand extends Command {
  [operationKey]?: Operation;
}

/** The statements of a connection that have no callback. They leave when they are answered. */
const withEvents = new WeakMap<Connection, Set<Operation>>();

/** Keeps the span of a command with a callback until the connection closes. */
export function rememberCommand(connection: Connection, command: Command, operation: Operation): void {
  unansweredOf(connection); // watches it
  (command as OwnedCommand)[operationKey] = operation;
}

/** Keeps the span of a statement without a callback until it is answered: remove it from what this returns. */
export function rememberWithEvents(connection: Connection, operation: Operation): Set<Operation> {
  const unanswered = unansweredOf(connection).add(operation);
  if (connection.stream?.destroyed === true) failUnanswered(connection); // it has closed before
  return unanswered;
}

function unansweredOf(connection: Connection): Set<Operation> {
  let unanswered = withEvents.get(connection);
  if (unanswered === undefined) {
    unanswered = new Set();
    withEvents.set(connection, unanswered);
    connection.stream?.once(
      'close',
      contained(() => failUnanswered(connection)),
    );
  }
  return unanswered;
}

function failUnanswered(connection: Connection): void {
  const { _command: current, _commands: waiting } = connection;
  const unanswered = [...(withEvents.get(connection) ?? []), operationOf(current)];
  for (let index = 0; index < (waiting?.length ?? 0); index++) unanswered.push(operationOf(waiting?.get(index)));
  withEvents.get(connection)?.clear();
  const error = Object.assign(new Error('The connection was closed before the server answered'), {
    code: 'PROTOCOL_CONNECTION_LOST', // mysql2's code for it
  });
  for (const operation of unanswered) if (operation !== undefined) failStatement(operation, error);
}

function operationOf(command: Command | null | undefined): Operation | undefined {
  return (command as OwnedCommand | null | undefined)?.[operationKey];
}

/**
 * Names and attributes by OpenTelemetry's conventions for RabbitMQ.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/messaging/rabbitmq/
 */
import type { AttributeList } from '../../attributes.ts';
import { SharedAttributes } from '../../shared-attributes.ts';
import { createRecentValues, type RecentValues } from '../recent-values.ts';
import type { AmqpChannel, AmqpConnection } from './amqplib-types.ts';

/** What an operation does, by the name of amqplib's method. */
export type AmqpOperation = 'publish' | 'process' | 'get';

const typeOf: Readonly<Record<AmqpOperation, string>> = { publish: 'send', process: 'process', get: 'receive' };

/** What the spans of one operation at one destination start with. */
export interface Destination {
  /** The name of the spans. */
  readonly name: string;
  readonly shared: SharedAttributes;
}

// Routing keys may have ids in them, so they are not few.
const mostDestinations = 1000;
const longestDestinations = 100_000;

const byConnection = new WeakMap<AmqpConnection, RecentValues<Destination>>();
const withoutConnection: RecentValues<Destination> = createRecentValues(mostDestinations, longestDestinations);

/** @param queue For `process` and `get`. */
export function destinationOf(
  channel: AmqpChannel,
  operation: AmqpOperation,
  exchange: unknown,
  routingKey: unknown,
  queue: unknown,
): Destination {
  const { connection } = channel;
  const last = lastUsed[operation].get(channel);
  if (last !== undefined && last.exchange === exchange && last.routingKey === routingKey && last.queue === queue) {
    return last.destination;
  }
  const destination = findDestination(connection, operation, exchange, routingKey, queue);
  lastUsed[operation].set(channel, { exchange, routingKey, queue, destination });
  return destination;
}

interface Used {
  readonly exchange: unknown;
  readonly routingKey: unknown;
  readonly queue: unknown;
  readonly destination: Destination;
}

/** Most channels send to one destination, or receive from one. */
const lastUsed: Readonly<Record<AmqpOperation, WeakMap<AmqpChannel, Used>>> = {
  publish: new WeakMap(),
  process: new WeakMap(),
  get: new WeakMap(),
};

function findDestination(
  connection: AmqpConnection | undefined,
  operation: AmqpOperation,
  exchange: unknown,
  routingKey: unknown,
  queue: unknown,
): Destination {
  const known = destinationsOf(connection);
  const key = `${operation} ${exchange}\n${routingKey}\n${queue}`;
  const kept = known.get(key);
  if (kept !== undefined) return kept;
  const destination = describeDestination(connection, operation, text(exchange), text(routingKey), text(queue));
  known.set(key, destination);
  return destination;
}

function destinationsOf(connection: AmqpConnection | undefined): RecentValues<Destination> {
  if (connection === undefined) return withoutConnection;
  let known = byConnection.get(connection);
  if (known === undefined) {
    known = createRecentValues(mostDestinations, longestDestinations);
    byConnection.set(connection, known);
  }
  return known;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function describeDestination(
  connection: AmqpConnection | undefined,
  operation: AmqpOperation,
  exchange: string,
  routingKey: string,
  queue: string,
): Destination {
  const parts = [exchange, routingKey, queue === routingKey ? '' : queue];
  const destination = parts.filter((part) => part !== '').join(':') || 'amq.default';
  const { address, port } = addressOf(connection);
  const list: AttributeList = [
    'messaging.system',
    'rabbitmq',
    'messaging.operation.name',
    operation,
    'messaging.operation.type',
    typeOf[operation],
    'messaging.destination.name',
    destination,
  ];
  if (routingKey !== '') list.push('messaging.rabbitmq.destination.routing_key', routingKey);
  const isAnonymous = parts.some(isMadeByBroker);
  if (isAnonymous) list.push('messaging.destination.anonymous', true);
  if (address !== undefined) {
    list.push('server.address', address);
    if (port !== undefined) list.push('server.port', port);
  }
  const server = port === undefined ? address : `${address}:${port}`;
  const target = isAnonymous ? (server ?? '(anonymous)') : destination;
  return { name: `${operation} ${target}`, shared: new SharedAttributes(list) };
}

/** Names of queues that RabbitMQ makes up: each client has another one, so they are in no name of a span. */
function isMadeByBroker(name: string): boolean {
  return name.startsWith('amq.gen-') || name.startsWith('amq.rabbitmq.reply-to');
}

function addressOf(connection: AmqpConnection | undefined): { address?: string; port?: number } {
  const { _host: host, remoteAddress, remotePort } = connection?.stream ?? {};
  const address = typeof host === 'string' && host !== '' ? host : remoteAddress;
  if (typeof address !== 'string') return {};
  return typeof remotePort === 'number' ? { address, port: remotePort } : { address };
}

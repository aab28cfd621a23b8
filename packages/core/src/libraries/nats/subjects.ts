/**
 * Names and attributes by OpenTelemetry's conventions for messaging, which have no value for NATS.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
 */
import type { AttributeList } from '../../attributes.ts';
import { readProperty } from '../../read-property.ts';
import { SharedAttributes } from '../../shared-attributes.ts';
import { createRecentValues, type RecentValues } from '../recent-values.ts';
import type { NatsConnection, NatsProtocol, NatsServer } from './nats-types.ts';

const typeOf = { publish: 'send', request: 'send', process: 'process', receive: 'receive' } as const;

/** What an operation does. */
export type NatsOperation = keyof typeof typeOf;

/** What the spans of one operation on one subject start with. */
export interface Destination {
  /** The name of the spans. */
  readonly name: string;
  readonly shared: SharedAttributes;
}

export interface DestinationFacts {
  readonly operation: NatsOperation;
  readonly subject: string;
  /** The subject that a subscription names, which may have wildcards. */
  readonly pattern?: string | undefined;
  /** A queue group. */
  readonly group?: string | undefined;
  /** A consumer of JetStream. */
  readonly consumer?: string | undefined;
}

// Subjects may have ids in them, so they are not few.
const mostSubjects = 1000;
const longestSubjects = 100_000;

const byServer = new WeakMap<NatsServer, RecentValues<Destination>>();
const withoutServer: RecentValues<Destination> = createRecentValues(mostSubjects, longestSubjects);

export function destinationOf(protocol: NatsProtocol | undefined, facts: DestinationFacts): Destination {
  const server = protocol?.server;
  const known = destinationsOf(server);
  const { operation, subject, pattern, group, consumer } = facts;
  // No part has a space.
  const key = `${operation} ${subject} ${pattern ?? ''} ${group ?? ''} ${consumer ?? ''}`;
  const kept = known.get(key);
  if (kept !== undefined) return kept;
  const destination = describeDestination(server, facts);
  known.set(key, destination);
  return destination;
}

function destinationsOf(server: NatsServer | undefined): RecentValues<Destination> {
  if (typeof server !== 'object' || server === null) return withoutServer;
  let known = byServer.get(server);
  if (known === undefined) {
    known = createRecentValues(mostSubjects, longestSubjects);
    byServer.set(server, known);
  }
  return known;
}

function describeDestination(server: NatsServer | undefined, facts: DestinationFacts): Destination {
  const { operation, subject, pattern, group, consumer } = facts;
  const list: AttributeList = [
    'messaging.system',
    'nats',
    'messaging.operation.name',
    operation,
    'messaging.operation.type',
    typeOf[operation],
    'messaging.destination.name',
    subject,
  ];
  const template = pattern !== undefined && hasWildcard(pattern) ? pattern : undefined;
  if (template !== undefined) list.push('messaging.destination.template', template);
  if (group !== undefined) list.push('messaging.consumer.group.name', group);
  if (consumer !== undefined) list.push('messaging.destination.subscription.name', consumer);
  const [address, port] = [readProperty(server, 'hostname'), readProperty(server, 'port')];
  if (typeof address === 'string') {
    list.push('server.address', address);
    if (typeof port === 'number') list.push('server.port', port);
  }
  return { name: `${operation} ${template ?? subject}`, shared: new SharedAttributes(list) };
}

/** @see https://docs.nats.io/nats-concepts/subjects#wildcards */
function hasWildcard(subject: string): boolean {
  return /(?:^|\.)(?:\*|>)(?:\.|$)/.test(subject);
}

/**
 * Whether a subject is not the application's: those of the server, of JetStream and of its stores begin with `$`, and answers to requests go
 * to an inbox.
 */
export function isInternal(connection: NatsConnection, subject: unknown): boolean {
  if (typeof subject !== 'string' || subject.startsWith('$')) return true;
  const prefix = connection.options?.inboxPrefix;
  return subject.startsWith('_INBOX.') || (typeof prefix === 'string' && subject.startsWith(`${prefix}.`));
}

/** The names and attributes of the spans of events. */
import type { AttributeList } from '../../attributes.ts';
import { readProperty } from '../../read-property.ts';
import { SharedAttributes } from '../../shared-attributes.ts';

/** What the events of a namespace have in common. */
export interface NamespaceAttributes {
  readonly processed: SharedAttributes;
  readonly sent: SharedAttributes;
}

const known = new WeakMap<object, NamespaceAttributes>();

/** @param namespace Socket.IO's object. */
export function attributesOf(namespace: object): NamespaceAttributes {
  let attributes = known.get(namespace);
  if (attributes === undefined) {
    const name = readProperty(namespace, 'name');
    const destination = typeof name === 'string' ? name : '/';
    attributes = { processed: sharedBy('process', destination), sent: sharedBy('send', destination) };
    known.set(namespace, attributes);
  }
  return attributes;
}

function sharedBy(operation: string, namespace: string): SharedAttributes {
  return new SharedAttributes([
    'messaging.system',
    'socket.io',
    'messaging.operation.name',
    operation,
    'messaging.operation.type',
    operation,
    'messaging.destination.name',
    namespace,
    'messaging.socket.io.namespace',
    namespace,
  ]);
}

// An application has few events, but it may make names from anything.
const mostNames = 1000;
const longestName = 100;

/** The names of spans, such as `process order.paid`. The first 1,000 events have names, the others are `process`. */
export function createEventNames(operation: string): (event: string) => string {
  const names = new Map<string, string>();
  return (event) => {
    const name = names.get(event);
    if (name !== undefined) return name;
    if (names.size >= mostNames || event.length > longestName) return operation;
    const made = `${operation} ${event}`;
    names.set(event, made);
    return made;
  };
}

const mostRooms = 16;

/** @param own The room that each socket is in alone. */
export function pushRooms(list: AttributeList, rooms: unknown, own?: unknown): void {
  if (!(rooms instanceof Set) || rooms.size === 0) return;
  const names: string[] = [];
  for (const room of rooms) {
    if (room === own) continue;
    names.push(String(room));
    if (names.length === mostRooms) break;
  }
  if (names.length > 0) list.push('messaging.socket.io.rooms', names);
}

/** Copies of the application's objects with other values: it may freeze them, or send them again. */

/** What the clients of Kafka read of messages and of what `send()` takes. */
const fields = [
  'acks',
  'compression',
  'headers',
  'key',
  'messages',
  'metadata',
  'partition',
  'timeout',
  'timestamp',
  'topic',
  'topicMessages',
  'value',
];

/**
 * A copy with other values. That of an instance has its prototype, and the values of the getters of its class, which may read private fields
 * that a copy does not have. Like getters of a class, these values are not enumerable: kafkajs copies the enumerable ones only.
 */
export function copyWith<Given extends object>(given: Given, changes: Readonly<Record<PropertyKey, unknown>>): Given {
  const prototype: unknown = Object.getPrototypeOf(given);
  if (prototype === Object.prototype || prototype === null) return { ...given, ...changes };
  const descriptors: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(given);
  for (const name of fields) {
    if (!(name in given) || Object.hasOwn(given, name)) continue;
    descriptors[name] = describe((given as Readonly<Record<string, unknown>>)[name], false);
  }
  for (const key of Reflect.ownKeys(changes)) descriptors[key] = describe(changes[key], true);
  return Object.create(prototype as object, descriptors) as Given;
}

function describe(value: unknown, enumerable: boolean): PropertyDescriptor {
  // Without a prototype: a library may put `get` on that of all objects.
  return Object.assign(Object.create(null), { value, enumerable, configurable: true, writable: true });
}

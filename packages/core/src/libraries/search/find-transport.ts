/** The class that sends the requests of a search engine's client. */
import { readProperty } from '../../read-property.ts';

/** @param given A client, the class, or exports that have it. */
export function findTransport(given: unknown): { readonly request: unknown } | undefined {
  const classes = [given, readProperty(given, 'Transport'), readProperty(given, 'default')];
  const starts = [
    ...classes.map((one) => (typeof one === 'function' ? readProperty(one, 'prototype') : undefined)),
    readProperty(given, 'transport'),
  ];
  for (const start of starts) {
    const prototype = ownerOfRequest(start);
    if (prototype !== undefined) return prototype;
  }
  return undefined;
}

/** The client's class may extend the one that has the method. */
function ownerOfRequest(start: unknown): { readonly request: unknown } | undefined {
  const hasMethods = ['request', 'getConnection', 'sniff'].every(
    (name) => typeof readProperty(start, name) === 'function',
  );
  if (!hasMethods) return undefined;
  let found: object | undefined;
  for (let object = start as object | null; object !== null; object = Object.getPrototypeOf(object) as object | null) {
    if (Object.hasOwn(object, 'request')) found = object;
  }
  return found as { readonly request: unknown } | undefined; // it has the method
}

/** Recognizes classes by their methods. */
import { readProperty } from '../../read-property.ts';

/** The prototype of a class that has these methods. */
export function prototypeWith(given: unknown, names: readonly string[]): object | undefined {
  const prototype = typeof given === 'function' ? (readProperty(given, 'prototype') as object | undefined) : undefined;
  return hasMethods(prototype, names) ? prototype : undefined;
}

/** The same of an instance. */
export function prototypeOfInstance(given: unknown, names: readonly string[]): object | undefined {
  const prototype: unknown = typeof given === 'object' && given !== null ? Object.getPrototypeOf(given) : undefined;
  return hasMethods(prototype, names) ? prototype : undefined;
}

function hasMethods(prototype: unknown, names: readonly string[]): prototype is object {
  return names.every((name) => typeof readProperty(prototype, name) === 'function');
}

/** Options as the host gave them, and not as somebody else has changed all objects. */

/**
 * An option of an object. What stands on `Object.prototype`, where a library or an attacker has put it, is no option of
 * anybody's. A class with getters and an object made from another one keep their options.
 */
export function readOption(options: object, name: string): unknown {
  const value = (options as Readonly<Record<string, unknown>>)[name];
  if (value === undefined || Object.hasOwn(options, name)) return value;
  for (let holder = Object.getPrototypeOf(options); holder !== null; holder = Object.getPrototypeOf(holder)) {
    // Not compared with our own `Object.prototype`: a test runner's sandbox has another.
    if (Object.hasOwn(holder, name)) return Object.getPrototypeOf(holder) === null ? undefined : value;
  }
  return value; // a proxy that answers for it
}

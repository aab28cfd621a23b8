/** Options as the host gave them, and not as somebody else has changed all objects. */

// Deeper than any class; a proxy may answer with prototypes without an end.
const deepest = 100;

/**
 * An option of an object. What stands on `Object.prototype`, where a library or an attacker has put it, is no option of
 * anybody's. A class with getters and an object made from another one keep their options.
 */
export function readOption(options: object, name: string): unknown {
  const value = (options as Readonly<Record<string, unknown>>)[name];
  if (value === undefined || Object.hasOwn(options, name)) return value;
  let holder = Object.getPrototypeOf(options);
  for (let depth = 0; holder !== null && depth < deepest; depth++) {
    // Not compared with our own `Object.prototype`: a test runner's sandbox has another.
    if (Object.hasOwn(holder, name)) return Object.getPrototypeOf(holder) === null ? undefined : value;
    holder = Object.getPrototypeOf(holder);
  }
  return value; // a proxy that answers for it
}

/** Options as the application gave them, without what pollutes `Object.prototype`. */

// Deeper than any class. The prototypes of a proxy may be endless.
const deepest = 100;

/**
 * An option of an object. A property of `Object.prototype`, where a library or an attacker has put it, is not an option. The
 * options of a class with getters, and of an object made from another one, are read.
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
  return value; // a proxy has it, without an own property
}

/** Replaces a method, and returns the way back. */

/**
 * @returns A function that restores the method. If other code has replaced it since, our function stays below, and only calls on.
 * @throws {TypeError} If the object is frozen, or has no such method.
 */
export function wrapMethod<Name extends string, Owner extends Record<Name, (...args: never[]) => unknown>>(
  owner: Owner,
  name: Name,
  wrap: (original: Owner[Name]) => Owner[Name],
): () => void {
  const original = owner[name];
  if (typeof original !== 'function') throw new TypeError(`There is no ${name}() to watch.`);
  const wrapped = wrap(original);
  Object.defineProperty(wrapped, 'length', { value: original.length, configurable: true });
  // An assignment to a frozen object fails silently in sloppy mode, which a bundle may run in.
  if (!Reflect.set(owner, name, wrapped)) throw new TypeError(`${name}() is frozen`);
  return function restore(): void {
    if (owner[name] === wrapped) owner[name] = original;
  };
}

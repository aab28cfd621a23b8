/** Puts a function in place of a method, in a way that can be undone. */

/**
 * @returns What undoes it. If other code has replaced the method since, ours stays below that one, and only calls on.
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
  // An assignment to a frozen object fails silently in code that is not strict, as bundles may be.
  if (!Reflect.set(owner, name, wrapped)) throw new TypeError(`${name}() is frozen`);
  return function restore(): void {
    if (owner[name] === wrapped) owner[name] = original;
  };
}

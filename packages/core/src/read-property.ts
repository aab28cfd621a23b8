// Not a string or a number, so that every reader rejects it.
export const unreadable: unique symbol = Symbol('unreadable');

/** A property of any value. Returns the symbol `unreadable` if reading throws. */
export function readProperty(value: unknown, key: string | symbol): unknown {
  try {
    return (value as Readonly<Record<string | symbol, unknown>> | null | undefined)?.[key];
  } catch {
    return unreadable;
  }
}

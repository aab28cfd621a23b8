// Neither a text, a number, nor anything else that a reader takes.
export const unreadable: unique symbol = Symbol('unreadable');

/** A property of a value that may be anything. Where reading it throws, a symbol stands in its place. */
export function readProperty(value: unknown, key: string): unknown {
  try {
    return (value as Readonly<Record<string, unknown>> | null | undefined)?.[key];
  } catch {
    return unreadable;
  }
}

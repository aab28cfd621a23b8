/**
 * A text of any value, for names and messages that callers without types give.
 *
 * @returns What `String()` makes of it. Never throws, as that does for an object without prototype or with a `toString` that throws.
 */
export function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return String(value);
  } catch {
    return '(a value without a text)';
  }
}

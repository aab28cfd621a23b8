import { longestWalk } from './longest-walk.ts';

/**
 * A text of any value, for names and messages that callers without types give.
 *
 * @returns What `String()` makes of it. Never throws, as that does for an object without prototype or with a `toString` that throws.
 */
export function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    // An array's text is as long as the array, be it of holes.
    if (Array.isArray(value) && value.length > longestWalk) return '(a long array)';
    return String(value);
  } catch {
    return '(a value without a text)';
  }
}

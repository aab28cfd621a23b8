import { longestWalk } from './longest-walk.ts';

/**
 * A string for any value, for names and messages of callers without types.
 *
 * @returns What `String()` returns. Never throws, unlike `String()` for an object without a prototype or with a `toString` that throws.
 */
export function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    // The string of an array is as long as the array, even if that has only holes.
    if (Array.isArray(value) && value.length > longestWalk) return '(a long array)';
    return String(value);
  } catch {
    return '(a value without a text)';
  }
}

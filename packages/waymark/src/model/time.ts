/** Arithmetic on nanoseconds since 1970 as decimal digits: exact where it matters, and without BigInt. */

/** Unix milliseconds, with the precision of a double: a quarter of a microsecond. */
export function nanoToUnixMs(nano: string): number {
  return Number(nano.slice(0, -6)) + Number(nano.slice(-6)) / 1e6;
}

/** Milliseconds between two moments, exact to the nanosecond for differences of up to three months. */
export function msBetween(startNano: string, endNano: string): number {
  const seconds = Number(endNano.slice(0, -9)) - Number(startNano.slice(0, -9));
  const nanoseconds = Number(endNano.slice(-9)) - Number(startNano.slice(-9));
  return seconds * 1e3 + nanoseconds / 1e6;
}

/** Compares two times as `Array.prototype.sort()` wants it. Both are decimal digits without leading zeros. */
export function compareNano(one: string, other: string): number {
  return one.length - other.length || (one < other ? -1 : one > other ? 1 : 0);
}

/** Converts 64-bit numbers, which do not fit a double, to decimal digits. */

/** The decimal digits of a number in two unsigned halves. */
export function uint64ToText(low: number, high: number): string {
  if (high < 0x20_0000) return String(high * 0x1_0000_0000 + low); // up to 2^53
  return ((BigInt(high) << 32n) | BigInt(low)).toString();
}

const maxUint64 = '18446744073709551615';

/**
 * Reads a 64-bit number in JSON: digits in a string, as the specification has it, or a number.
 *
 * @returns Digits without leading zeros; `undefined` for any other value.
 */
export function readUint64(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 0 ? readUint64(toDigits(value)) : undefined;
  if (typeof value !== 'string' || !/^\d{1,40}$/.test(value)) return undefined;
  const digits = value.charCodeAt(0) === 48 ? value.replace(/^0+(?=\d)/, '') : value;
  const fits = digits.length < 20 || (digits.length === 20 && digits <= maxUint64);
  return fits ? digits : undefined;
}

/** JSON.parse() leaves only the double that is nearest to a large number. */
function toDigits(value: number): string {
  return value <= Number.MAX_SAFE_INTEGER ? String(value) : BigInt(value).toString();
}

/** The values that attributes may have: OpenTelemetry's `AnyValue`. */

/**
 * The value of an attribute as it is kept: a string, number, boolean or bigint, bytes, `null`, and arrays and objects of these.
 *
 * A bigint has at most 64 bits, signed. It is kept as a number where that holds it exactly, and is an integer on the wire in any case.
 * `null` is OpenTelemetry's empty value. An array's `undefined` and holes are `null`; an object's `undefined` is skipped.
 *
 * @see https://opentelemetry.io/docs/specs/otel/common/#anyvalue
 */
export type AttributeValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | readonly (AttributeValue | undefined)[]
  | AttributeMap;

/** An object that is the value of an attribute. */
export interface AttributeMap {
  /** Any key. */
  readonly [key: string]: AttributeValue | undefined;
}

/**
 * Attributes as a plain object. A key whose value is `undefined` is skipped. Values are copied when they are set.
 *
 * Any value may be given, as in OpenTelemetry's API. Those in the form of an {@link AttributeValue} are kept as they are. A `Map` and an
 * instance of a class become an object, a `Set` and a typed array an array, an error its type and message, and an object with
 * `toJSON()` what that returns, such as the ISO string of a `Date`. Functions, symbols, promises, an object inside itself and what lies
 * deeper than the limit (30 levels) are left out, as is a whole value with more than 65,536 parts; `tracer.stats()` counts them.
 * Objects and arrays cost more than strings and numbers.
 */
export interface Attributes {
  /** Any key; OpenTelemetry's semantic conventions name the usual ones, such as `url.path`. */
  readonly [key: string]: unknown;
}

/** TypeScript's `Array.isArray()` does not narrow to readonly arrays. */
export function isList(value: AttributeValue | undefined): value is readonly (AttributeValue | undefined)[] {
  return Array.isArray(value);
}

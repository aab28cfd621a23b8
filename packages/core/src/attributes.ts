/**
 * Attributes: OpenTelemetry's value types and limits, kept as one flat array `[key, value, key, value, …]`.
 *
 * A flat array costs one allocation for any number of attributes, keeps insertion order for any key (an object would move
 * integer-like keys to the front and give `__proto__` a meaning) and is what the encoders walk.
 */
/** OpenTelemetry's attribute value: a string, number or boolean, or an array of one of them (holes allowed). */
export type AttributeValue =
  | string
  | number
  | boolean
  | readonly (string | null | undefined)[]
  | readonly (number | null | undefined)[]
  | readonly (boolean | null | undefined)[];

/** Attributes as a plain object. Keys whose value is `undefined` are skipped. */
export interface Attributes {
  readonly [key: string]: AttributeValue | undefined;
}

/** Keys at even places, their values behind them. */
export type AttributeList = (string | AttributeValue)[];

/** How many attributes are kept, and how long a text may be. `Infinity` for no limit. */
export interface AttributeLimits {
  readonly countLimit: number;
  readonly valueLengthLimit: number;
}

/** What became of an attribute: `limit` and `invalid` are losses, and counted by the caller. */
export type AttributeOutcome = 'set' | 'limit' | 'invalid';

/**
 * Sets one attribute, replacing an earlier value of the same key.
 *
 * @returns `invalid` for an empty key or a value that is none of {@link AttributeValue}, `limit` if the list is full.
 * @see https://opentelemetry.io/docs/specs/otel/common/#attribute
 */
export function putAttribute(
  list: AttributeList,
  key: string,
  value: unknown,
  limits: AttributeLimits,
): AttributeOutcome {
  const kept = toAttributeValue(value, limits.valueLengthLimit);
  if (kept === undefined || typeof key !== 'string' || key === '') return 'invalid';
  const length = list.length;
  for (let index = 0; index < length; index += 2) {
    if (list[index] === key) {
      list[index + 1] = kept;
      return 'set';
    }
  }
  if (length >= limits.countLimit * 2) return 'limit';
  list.push(key, kept);
  return 'set';
}

/** Attributes copied from an object, and how many of its own are missing. */
export interface CollectedAttributes {
  readonly list: AttributeList;
  /** Beyond the limit. */
  readonly dropped: number;
  /** Not attributes. */
  readonly invalid: number;
}

/**
 * Copies the attributes of an object. Anything else has none. Where a getter throws, what comes behind it is lost, and counted
 * as one.
 */
export function collectAttributes(
  attributes: unknown,
  { countLimit, valueLengthLimit }: AttributeLimits,
): CollectedAttributes {
  const list: AttributeList = [];
  let dropped = 0;
  let invalid = 0;
  if (typeof attributes === 'object' && attributes !== null) {
    try {
      // The keys of one object are distinct: none need be looked for among those before it.
      for (const key of Object.keys(attributes)) {
        const value = (attributes as Readonly<Record<string, unknown>>)[key];
        if (value === undefined || value === null) continue;
        const kept = toAttributeValue(value, valueLengthLimit);
        if (kept === undefined || key === '') invalid++;
        else if (list.length >= countLimit * 2) dropped++;
        else list.push(key, kept);
      }
    } catch {
      invalid++;
    }
  }
  return { list, dropped, invalid };
}

/** The value in the form that is kept (texts cut to the limit, arrays copied), or `undefined` if it is none. */
export function toAttributeValue(value: unknown, valueLengthLimit: number): AttributeValue | undefined {
  switch (typeof value) {
    case 'string':
      return cutText(value, valueLengthLimit);
    case 'number':
    case 'boolean':
      return value;
    case 'object':
      return Array.isArray(value) ? copyArray(value, valueLengthLimit) : undefined;
    default:
      return undefined;
  }
}

/** At most `limit` UTF-16 units, and no half of a surrogate pair, which has no UTF-8. */
function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const lastUnit = text.charCodeAt(limit - 1); // NaN for a limit of 0
  const endsInPair = lastUnit >= 0xd800 && lastUnit <= 0xdbff;
  return text.slice(0, endsInPair ? limit - 1 : limit);
}

/** A copy, so that the caller may change its array afterwards; `undefined` if the elements are of more than one type. */
function copyArray(values: readonly unknown[], valueLengthLimit: number): AttributeValue | undefined {
  let elementType: string | undefined;
  const copy: unknown[] = [];
  try {
    for (const value of values) {
      if (value === null || value === undefined) {
        copy.push(null);
        continue;
      }
      const type = typeof value;
      if (type !== 'string' && type !== 'number' && type !== 'boolean') return undefined;
      elementType ??= type;
      if (type !== elementType) return undefined;
      copy.push(typeof value === 'string' ? cutText(value, valueLengthLimit) : value);
    }
  } catch {
    return undefined; // a proxy, or an iterator of its own
  }
  return copy as AttributeValue; // the loop let one element type and null through
}

/** The attributes as an object without prototype, so that any key is only a key. */
export function attributesToObject(list: readonly (string | AttributeValue)[]): Record<string, AttributeValue> {
  const object: Record<string, AttributeValue> = Object.create(null);
  for (let index = 0; index < list.length; index += 2) {
    object[list[index] as string] = list[index + 1] as AttributeValue; // keys and values alternate
  }
  return object;
}

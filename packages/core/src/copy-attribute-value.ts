/**
 * Copies a value of any kind into the form that is kept, so that the application may change its object later. Nothing here throws,
 * although getters, `toJSON()` and proxies of the application run.
 *
 * @see https://opentelemetry.io/docs/specs/otel/common/attribute-type-mapping/
 */
import {
  isAnyArrayBuffer,
  isBoxedPrimitive,
  isDataView,
  isMap,
  isNativeError,
  isPromise,
  isSet,
  isTypedArray,
  isUint8Array,
} from 'node:util/types';
import type { AttributeValue } from './attribute-value.ts';
import type { Diagnostics } from './diagnostics.ts';
import { exceptionMessage, exceptionTypeOf } from './exception.ts';
import { longestWalk } from './longest-walk.ts';
import { readProperty, unreadable } from './read-property.ts';
import { toText } from './to-text.ts';

/** How long a string may be, or bytes, and how many levels of arrays and objects a value may have. */
export interface ValueLimits {
  /** UTF-16 units, or bytes. `Infinity` for no limit. */
  readonly valueLengthLimit: number;
  /** From 1 to {@link deepestValue}. */
  readonly depthLimit: number;
}

/**
 * Levels by default. The specification has 64 (AttributeValueDepthLimit), but many protobuf parsers stop at 100 nested messages, those
 * of C++, Java, Python and protobufjs among them, and then refuse the whole request: one deep value would lose all its spans. A level takes three
 * messages (AnyValue, KeyValueList, KeyValue), and an event's attribute begins at the sixth.
 */
export const usualDepth = 30;

/** Values are walked by recursion, here and in the encoders, so there is always a limit. */
export const deepestValue = 64;

/** For attributes that are exempt from the limits, such as those of a resource. */
export const noValueLimits: ValueLimits = Object.freeze({
  valueLengthLimit: Number.POSITIVE_INFINITY,
  depthLimit: usualDepth,
});

/**
 * The value in the form that is kept: strings and bytes cut to the limit, arrays and objects copied.
 *
 * @param key For the description of what is left out.
 * @param diagnostics Counts one `invalid-attribute` if the value, or a part of it, is left out.
 * @returns `undefined` for `undefined` and for a value that is left out.
 */
export function copyAttributeValue(
  key: string,
  value: unknown,
  limits: ValueLimits,
  diagnostics: Pick<Diagnostics, 'count'>,
): AttributeValue | undefined {
  switch (typeof value) {
    case 'string':
      return cutText(value, limits.valueLengthLimit);
    case 'number':
    case 'boolean':
    case 'undefined':
      return value;
    default:
      return value === null ? null : copyParts(key, value, limits, diagnostics);
  }
}

function copyParts(
  key: string,
  value: unknown,
  limits: ValueLimits,
  diagnostics: Pick<Diagnostics, 'count'>,
): AttributeValue | undefined {
  const copying = new Copying(key, limits);
  const copied = copying.copy(value);
  const { loss } = copying;
  if (loss !== undefined) diagnostics.count('invalid-attribute', loss);
  return copied;
}

/** One value while it is copied. */
class Copying {
  private readonly key: string;
  private readonly limits: ValueLimits;
  /** How many more parts may be read; negative if there were too many. */
  private left: number = longestWalk;
  private losses = 0;
  private firstLoss = '';
  /** The objects that are being copied, from the outermost, and for each the key of the part that is being copied. */
  private readonly holders: object[] = [];
  private readonly path: (string | number)[] = [];

  constructor(key: string, limits: ValueLimits) {
    this.key = key;
    this.limits = limits;
  }

  copy(value: unknown): AttributeValue | undefined {
    const copied = this.valueOf(value);
    return this.left < 0 ? undefined : copied;
  }

  /** Describes what was left out, for people; `undefined` if nothing was. */
  get loss(): string | undefined {
    if (this.left < 0) return `${shorten(this.key)} has more than ${longestWalk} parts`;
    if (this.losses === 0) return undefined;
    return this.losses === 1 ? this.firstLoss : `${this.firstLoss}, and ${this.losses - 1} more in it`;
  }

  private valueOf(value: unknown): AttributeValue | undefined {
    switch (typeof value) {
      case 'string':
        return cutText(value, this.limits.valueLengthLimit);
      case 'number':
      case 'boolean':
      case 'undefined':
        return value;
      case 'bigint':
        return toInteger(value) ?? this.lose('is a bigint of more than 64 bits');
      case 'object':
        return value === null ? null : this.objectOf(value);
      default:
        return this.lose(`is a ${typeof value}`);
    }
  }

  private objectOf(given: object): AttributeValue | undefined {
    try {
      const leaf = this.leafOf(given);
      if (leaf !== undefined) return leaf;
      const toJSON = readProperty(given, 'toJSON');
      if (typeof toJSON !== 'function') return this.partsOf(given, given);
      const json: unknown = toJSON.call(given, String(this.path.at(-1) ?? this.key));
      if (typeof json !== 'object' || json === null) return this.valueOf(json);
      return this.leafOf(json) ?? this.partsOf(given, json);
    } catch {
      return this.lose('cannot be read');
    }
  }

  /** The value of an object without parts, such as bytes; `undefined` for another object. */
  private leafOf(given: object): AttributeValue | undefined {
    const { valueLengthLimit } = this.limits;
    if (isUint8Array(given)) return copyBytes(given, valueLengthLimit);
    if (isAnyArrayBuffer(given)) return copyBytes(new Uint8Array(given), valueLengthLimit);
    if (isDataView(given)) {
      return copyBytes(new Uint8Array(given.buffer, given.byteOffset, given.byteLength), valueLengthLimit);
    }
    // Not what its toJSON() returns: that of an HTTP client's error has the headers of the request.
    if (isNativeError(given)) return cutText(`${exceptionTypeOf(given)}: ${exceptionMessage(given)}`, valueLengthLimit);
    if (!isBoxedPrimitive(given)) return undefined;
    const primitive: unknown = given.valueOf();
    return typeof primitive === 'object' ? undefined : this.valueOf(primitive);
  }

  /** @param source `given`, or what its `toJSON()` returned. */
  private partsOf(given: object, source: object): AttributeValue | undefined {
    const { holders, path } = this;
    if (holders.includes(given)) return this.lose('is an object inside itself');
    if (holders.length >= this.limits.depthLimit) {
      this.lose(`is deeper than ${this.limits.depthLimit} level${this.limits.depthLimit === 1 ? '' : 's'}`);
      return null; // specification, "Attribute Limits": an empty value
    }
    const depth = holders.push(given);
    try {
      if (Array.isArray(source)) return this.listOf(source, source.length);
      if (isTypedArray(source)) return this.listOf(source, source.length);
      if (isSet(source)) return this.setOf(source);
      if (isMap(source)) return this.mapOf(source);
      if (isPlain(source)) return this.propertiesOf(source);
    } finally {
      holders.length = depth - 1;
      path.length = depth - 1;
    }
    return this.lose(describeInstance(source));
  }

  private partOf(key: string | number, value: unknown): AttributeValue | undefined {
    this.left--;
    this.path[this.holders.length - 1] = key;
    return this.valueOf(value);
  }

  /** A hole, `undefined` and what is left out become `null`, so that the other elements keep their places. */
  private listOf(list: ArrayLike<unknown>, length: number): AttributeValue {
    const copy: AttributeValue[] = [];
    if (length > this.left) this.left = -1; // such as an array of 10^9 holes
    for (let index = 0; index < length && this.left >= 0; index++) copy.push(this.partOf(index, list[index]) ?? null);
    return copy;
  }

  private setOf(set: ReadonlySet<unknown>): AttributeValue {
    const copy: AttributeValue[] = [];
    for (const value of Set.prototype.values.call(set)) {
      copy.push(this.partOf(copy.length, value) ?? null);
      if (this.left < 0) break;
    }
    return copy;
  }

  private mapOf(map: ReadonlyMap<unknown, unknown>): AttributeValue {
    const copy = emptyMap();
    for (const [given, value] of Map.prototype.entries.call(map)) {
      const key = toText(given);
      const kept = this.partOf(key, value);
      if (kept !== undefined) copy[key] = kept;
      if (this.left < 0) break;
    }
    return copy;
  }

  private propertiesOf(object: object): AttributeValue {
    const copy = emptyMap();
    for (const key of Object.keys(object)) {
      const value = readProperty(object, key);
      const kept = value === unreadable ? this.loseUnreadable(key) : this.partOf(key, value);
      if (kept !== undefined) copy[key] = kept;
      if (this.left < 0) break;
    }
    return copy;
  }

  private loseUnreadable(key: string): undefined {
    this.left--;
    this.path[this.holders.length - 1] = key;
    return this.lose('cannot be read');
  }

  private lose(what: string): undefined {
    this.losses++;
    if (this.losses === 1) this.firstLoss = `${shorten([this.key, ...this.path].join('.'))} ${what}`;
    return undefined;
  }
}

/** Without a prototype, so that a key such as `__proto__` has no meaning. */
function emptyMap(): Record<string, AttributeValue> {
  return Object.create(null);
}

/** Whether it is an object literal, also one of another realm, such as a test runner's sandbox. */
function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** An instance of a class is left out: requests, sockets and clients lead to each other, and to credentials. */
function describeInstance(object: object): string {
  if (isPromise(object)) return 'is a promise, which must be awaited first';
  const name = readProperty(readProperty(object, 'constructor'), 'name');
  return `is an instance of ${typeof name === 'string' && name !== '' ? shorten(name) : 'a class'} without toJSON()`;
}

// A key may be any string, of any length.
const longestShownText = 60;

function shorten(text: string): string {
  return text.slice(0, longestShownText);
}

/** A number where that is exact, so that an integer is the same value as a number and as a bigint. */
function toInteger(value: bigint): number | bigint | undefined {
  if (BigInt.asIntN(64, value) !== value) return undefined;
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

function copyBytes(bytes: Uint8Array, limit: number): Uint8Array {
  return Uint8Array.prototype.slice.call(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, limit);
}

/** At most `limit` UTF-16 units, without half of a surrogate pair at the end: UTF-8 cannot encode that. */
function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const lastUnit = text.charCodeAt(limit - 1); // NaN for a limit of 0
  const endsInPair = lastUnit >= 0xd800 && lastUnit <= 0xdbff;
  return text.slice(0, endsInPair ? limit - 1 : limit);
}

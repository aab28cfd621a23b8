/** The W3C `tracestate` header: other vendors' members are passed on unread, and our member is put in front. */
import { splitListMembers } from './list-members.ts';

// W3C Trace Context level 2, tracestate "key": one a-z or 0-9, then up to 255 of a-z 0-9 _ - * / @.
// Level 1 allowed one "@" and no leading digit; level 2 allows everything that level 1 allowed.
const keyForm = /^[a-z0-9][a-z0-9_\-*/@]{0,255}$/;

// Same place, "value": 0x20-0x7E without comma and equals sign, at most 256, and no space at the end.
const valueForm = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

// Same place, "list": at most 32 members.
const maxMembers = 32;

// The longest possible list without whitespace: 32 members of 256 + 1 + 256 characters, and 31 commas.
const maxHeaderLength = maxMembers * 513 + maxMembers - 1;

// Same place, "tracestate limits": 512 characters should be carried; of a longer list, members of over 128 characters are removed first.
const maxSerializedLength = 512;
const longMemberLength = 128;

// Only this file may construct a list from a string that it has checked. Other code calls {@link parseTracestate}.
let createTraceState: (list: string) => TraceState;

/**
 * An immutable list of vendors' `key=value` members, most recently changed first.
 *
 * Has the shape of `TraceState` in `@opentelemetry/api`. Nothing here throws: a member that the header cannot
 * carry is ignored, and the same list is returned.
 *
 * @see https://www.w3.org/TR/trace-context-2/#tracestate-header
 */
export class TraceState {
  // The list as its canonical string: valid members with distinct keys, joined by commas without spaces. Keys and values contain
  // neither `,` nor `=`, so the string can be searched and cut directly. Most lists are only passed on.
  readonly #list: string;

  private constructor(list: string) {
    this.#list = list;
  }

  static {
    createTraceState = (list) => new TraceState(list);
  }

  /** The list without members. */
  static readonly empty: TraceState = new TraceState('');

  /** The value of `key`, with leading spaces, or `undefined`. */
  get(key: string): string | undefined {
    const start = findMember(this.#list, key);
    if (start === -1) return undefined;
    return this.#list.slice(start + key.length + 1, memberEnd(this.#list, start));
  }

  /**
   * A list with this member in front of the others. The last one is removed if there would be 33. For a key or value that the header
   * cannot carry, the same list.
   */
  set(key: string, value: string): TraceState {
    if (typeof key !== 'string' || typeof value !== 'string') return this;
    if (!keyForm.test(key) || !valueForm.test(value)) return this;
    const others = firstMembers(this.unset(key).#list, maxMembers - 1);
    return new TraceState(others === '' ? `${key}=${value}` : `${key}=${value},${others}`);
  }

  /** A list without this member; the same list if it does not have it. */
  unset(key: string): TraceState {
    const start = findMember(this.#list, key);
    if (start === -1) return this;
    const end = memberEnd(this.#list, start);
    // One comma is removed too: the one after the member, or the one in front of the last member.
    return new TraceState(
      end === this.#list.length
        ? this.#list.slice(0, Math.max(0, start - 1))
        : this.#list.slice(0, start) + this.#list.slice(end + 1),
    );
  }

  /**
   * The header's value, of at most 512 characters; empty if there is nothing to send. Of a longer list, whole members
   * are removed from the right, those of over 128 characters first, and no more than needed.
   */
  serialize(): string {
    return this.#list.length <= maxSerializedLength ? this.#list : shorten(this.#list);
  }
}

/**
 * Reads a `tracestate` header. Use it only together with a valid `traceparent`.
 *
 * @param header Raw value; several headers joined with commas in the order received, as Node does.
 * @returns The list; `undefined` if it is empty or malformed: one malformed member, or more than 32 members, make the whole list
 *   invalid. Of members with the same key the first is kept. Never throws.
 * @see https://www.w3.org/TR/trace-context-2/#tracestate-header-field-values
 * @example
 * parseTracestate('congo=t61rcWkgMzE, rojo=00f067aa0ba902b7')?.get('rojo') // '00f067aa0ba902b7'
 */
export function parseTracestate(header: string): TraceState | undefined {
  if (typeof header !== 'string' || header.length > maxHeaderLength) return undefined;
  if (isCanonical(header)) return createTraceState(header);
  const members = splitListMembers(header);
  if (members.length === 0 || members.length > maxMembers) return undefined;

  const membersByKey = new Map<string, string>();
  for (const member of members) {
    const keyEnd = member.indexOf('=');
    if (keyEnd === -1) return undefined;
    const key = member.slice(0, keyEnd);
    if (!keyForm.test(key) || !valueForm.test(member.slice(keyEnd + 1))) return undefined;
    if (!membersByKey.has(key)) membersByKey.set(key, member);
  }
  return createTraceState([...membersByKey.values()].join(','));
}

// By character code: whether a key or a value may contain it.
const inKey = 1;
const inValue = 2;
const atKeyStart = 4;
const uses = new Uint8Array(128);
for (let code = 0; code < uses.length; code++) {
  const character = String.fromCharCode(code);
  if (keyForm.test(character)) uses[code] = atKeyStart;
  if (keyForm.test(`a${character}`)) uses[code] = (uses[code] as number) | inKey; // in range
  if (valueForm.test(`${character}!`)) uses[code] = (uses[code] as number) | inValue; // in range
}
const comma = 44;
const equals = 61;
const space = 32;

/**
 * Whether a list is in canonical form: valid members with distinct keys, between commas without spaces. Lists of other tracers nearly
 * always are. It takes one pass; splitting the list takes four times as long. After `false` the list has to be split.
 */
function isCanonical(list: string): boolean {
  let members = 0;
  let start = 0;
  while (start < list.length) {
    const keyEnd = skip(list, start, inKey);
    const end = skip(list, keyEnd + 1, inValue);
    const valueLength = end - keyEnd - 1;
    if (((uses[list.charCodeAt(start)] ?? 0) & atKeyStart) === 0 || list.charCodeAt(keyEnd) !== equals) return false;
    if (keyEnd - start > 256 || valueLength < 1 || valueLength > 256 || list.charCodeAt(end - 1) === space)
      return false;
    if (end < list.length && (list.charCodeAt(end) !== comma || end + 1 === list.length)) return false;
    if (++members > maxMembers || findMember(list, list.slice(start, keyEnd)) !== start) return false;
    start = end + 1;
  }
  return members > 0;
}

/** The position of the first character from `start` on that is not allowed. */
function skip(list: string, start: number, use: number): number {
  let end = start;
  while (end < list.length && ((uses[list.charCodeAt(end)] ?? 0) & use) !== 0) end++;
  return end;
}

/** The position of the member with this key, or -1. */
function findMember(list: string, key: string): number {
  // The only string that is not a key and could match: 'a=1,b' in 'a=1,b=2'.
  if (typeof key !== 'string' || key.includes('=')) return -1;
  if (list.startsWith(`${key}=`)) return 0;
  const at = list.indexOf(`,${key}=`);
  return at === -1 ? -1 : at + 1;
}

function memberEnd(list: string, start: number): number {
  const end = list.indexOf(',', start);
  return end === -1 ? list.length : end;
}

function firstMembers(list: string, count: number): string {
  let end = -1;
  for (let kept = 0; kept < count; kept++) {
    end = list.indexOf(',', end + 1);
    if (end === -1) return list;
  }
  return list.slice(0, end);
}

function shorten(list: string): string {
  const members = list.split(',');
  let length = list.length;
  const dropFromTheRight = (canDrop: (member: string) => boolean): void => {
    for (let i = members.length - 1; i >= 0 && length > maxSerializedLength; i--) {
      const member = members[i] ?? '';
      if (!canDrop(member)) continue;
      members.splice(i, 1);
      length -= member.length + 1;
    }
  };
  dropFromTheRight((member) => member.length > longMemberLength);
  dropFromTheRight(() => true);
  return members.join(',');
}

/** The W3C `tracestate` header: other vendors' notes on a trace, carried through unread, and our own put in front. */
import { splitListMembers } from './list-members.ts';

// W3C Trace Context level 2, tracestate "key": one a-z or 0-9, then up to 255 of a-z 0-9 _ - * / @.
// Level 1 allowed one "@" and no leading digit; level 2 takes all that level 1 took.
const keyForm = /^[a-z0-9][a-z0-9_\-*/@]{0,255}$/;

// Same place, "value": 0x20-0x7E without comma and equals sign, at most 256, the last one no space.
const valueForm = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

// Same place, "list": at most 32 members.
const maxMembers = 32;

// The longest list there can be without whitespace: 32 members of 256 + 1 + 256 characters, and 31 commas.
const maxHeaderLength = maxMembers * 513 + maxMembers - 1;

// Same place, "tracestate limits": 512 characters should be carried; where more are cut, members of over 128 go first.
const maxSerializedLength = 512;
const longMemberLength = 128;

// Only this file may vouch for a text; {@link parseTracestate} is the way in from outside.
let createTraceState: (list: string) => TraceState;

/**
 * An immutable list of vendors' `key=value` members, most recently changed first.
 *
 * Has the shape of `TraceState` in `@opentelemetry/api`. Nothing here throws: what the header could not carry is not
 * taken, and the list comes back as it was.
 *
 * @see https://www.w3.org/TR/trace-context-2/#tracestate-header
 */
export class TraceState {
  // The list in its canonical text: valid members with distinct keys, joined by bare commas. Neither `,` nor `=` can
  // be part of a key or a value, so the text can be searched and cut as it is, and most lists are only passed through.
  readonly #list: string;

  private constructor(list: string) {
    this.#list = list;
  }

  static {
    createTraceState = (list) => new TraceState(list);
  }

  /** The list without members. */
  static readonly empty: TraceState = new TraceState('');

  /** The value behind `key`, leading spaces included, or `undefined`. */
  get(key: string): string | undefined {
    const start = findMember(this.#list, key);
    if (start === -1) return undefined;
    return this.#list.slice(start + key.length + 1, memberEnd(this.#list, start));
  }

  /**
   * A list with this member in front and the others behind it in their order. The right-most goes where there would be
   * 33. With a key or value that the header cannot carry: this same list.
   */
  set(key: string, value: string): TraceState {
    if (typeof key !== 'string' || typeof value !== 'string') return this;
    if (!keyForm.test(key) || !valueForm.test(value)) return this;
    const others = firstMembers(this.unset(key).#list, maxMembers - 1);
    return new TraceState(others === '' ? `${key}=${value}` : `${key}=${value},${others}`);
  }

  /** A list without this member; this same list if there is none. */
  unset(key: string): TraceState {
    const start = findMember(this.#list, key);
    if (start === -1) return this;
    const end = memberEnd(this.#list, start);
    // One comma goes too: the one behind, or the one in front if the member is the last.
    return new TraceState(
      end === this.#list.length
        ? this.#list.slice(0, Math.max(0, start - 1))
        : this.#list.slice(0, start) + this.#list.slice(end + 1),
    );
  }

  /**
   * The header's value, of at most 512 characters; empty if there is nothing to send. Where the list is longer, whole
   * members are left out: those of over 128 characters first, then any, from the right, and no more than needed.
   */
  serialize(): string {
    return this.#list.length <= maxSerializedLength ? this.#list : shorten(this.#list);
  }
}

/**
 * Reads a `tracestate` header. Heed it only beside a valid `traceparent`.
 *
 * @param header Raw value; several headers joined with commas in the order received, as Node does.
 * @returns The list, or `undefined` if there is nothing in it or anything in it is malformed: one bad member, or more
 *   than 32, drop the list whole. Of members with the same key the first is kept. Never throws.
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

// What a character may be part of, by its code.
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
 * Whether a list is in the form in which it is kept, as what another tracer wrote nearly always is: valid members between bare
 * commas, with distinct keys. In one pass and without taking it to pieces, which takes four times as long. `false` only says
 * that this has to be done.
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

/** The first place from `start` on whose character has no such use. */
function skip(list: string, start: number, use: number): number {
  let end = start;
  while (end < list.length && ((uses[list.charCodeAt(end)] ?? 0) & use) !== 0) end++;
  return end;
}

/** Where the member with this key begins, or -1. */
function findMember(list: string, key: string): number {
  // The one way in which a string that is no key could match: 'a=1,b' in 'a=1,b=2'.
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

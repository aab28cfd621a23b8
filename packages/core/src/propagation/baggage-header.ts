/** The W3C `baggage` header. It is independent of `traceparent`: it is read and sent even without a trace. */
import { Baggage, type BaggageEntry, type BaggageProperty, isToken } from '../baggage.ts';
import { splitListMembers } from './list-members.ts';
import { trimOptionalWhitespace } from './optional-whitespace.ts';
import { percentDecode, percentEncode } from './percent-encoding.ts';

// W3C Baggage, "limits": up to 64 members and 8192 bytes are carried, with commas, for all headers together. A single member has no
// limit, so one of 8192 bytes must pass.
const maxMembers = 64;
const maxBytes = 8192;

// Same document, "baggage-string": 0*179( OWS "," OWS list-member ) after the first. Further members are not read.
const maxMembersRead = 180;

// Node's limit for all headers of a request together (`--max-http-header-size`), and twice the length that may be carried, which
// leaves room for whitespace. Longer values come from other carriers, and must not cost more.
const maxHeaderLength = 16_384;

// Same document, "baggage-octet": 0x21-0x7E without `"`, `,`, `;` and `\`.
const valueForm = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;

// Everything else and `%` (0x25) is percent-encoded. Encoding more could push a value over the limits that was within them when it
// arrived.
const needsEncoding = /[^\x21\x23\x24\x26-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+/gu;

/** Called at most once for a header, with the number of dropped members (at least 1). */
export type OnDropped = (count: number) => void;

/**
 * Reads a `baggage` header.
 *
 * A member that is malformed or beyond the limits (64 members, 8192 bytes without whitespace) is dropped as a whole, and the others are
 * kept. A byte above 0x7F, which Node passes as a Latin-1 character, makes a member malformed: the grammar does not allow it, and its
 * encoding is unknown.
 *
 * @param header Raw value; several headers joined with commas, as Node does.
 * @param onDropped Called with the number of dropped members. Everything after the first 16,384 characters counts as one.
 * @returns The entries with decoded values, the last one of each key; `undefined` without entries. Never throws.
 * @see https://www.w3.org/TR/baggage/#header-content
 * @example
 * parseBaggage('user=J%C3%BCrgen;tier=gold, cart=7')?.get('user') // 'Jürgen'
 */
export function parseBaggage(header: string, onDropped?: OnDropped): Baggage | undefined {
  if (typeof header !== 'string') return undefined; // a getter of the host may return anything
  const isTooLong = header.length > maxHeaderLength;
  // Up to the last comma within the limit, so that no member is cut.
  const list = isTooLong ? header.slice(0, header.lastIndexOf(',', maxHeaderLength) + 1) : header;
  const members = splitListMembers(list);
  const entries = new Map<string, BaggageEntry>();
  let kept = 0;
  let bytes = 0;
  for (const member of members.slice(0, maxMembersRead)) {
    const memberBytes = member.length + (kept === 0 ? 0 : 1);
    if (bytes + memberBytes > maxBytes) continue;
    const parsed = parseMember(member);
    if (parsed === undefined) continue;
    if (entries.size === maxMembers && !entries.has(parsed.key)) continue;
    entries.set(parsed.key, parsed.entry);
    bytes += memberBytes;
    kept++;
  }
  const dropped = members.length - kept + (isTooLong ? 1 : 0);
  if (dropped > 0) onDropped?.(dropped);
  return entries.size === 0 ? undefined : Baggage.from(entries);
}

function parseMember(member: string): { key: string; entry: BaggageEntry } | undefined {
  const semicolon = member.indexOf(';');
  const { key, value } = parsePair(semicolon === -1 ? member : member.slice(0, semicolon));
  if (value === undefined || !isToken(key) || !valueForm.test(value)) return undefined;
  const properties = semicolon === -1 ? [] : parseProperties(member.slice(semicolon + 1));
  return properties && { key, entry: { value: percentDecode(value), properties } };
}

function parseProperties(text: string): BaggageProperty[] | undefined {
  const properties: BaggageProperty[] = [];
  for (const part of text.split(';')) {
    const { key, value } = parsePair(part);
    if (key === '' && value === undefined) continue; // `a=1;` and `a=1;;b` occur, and are harmless
    if (!isToken(key) || !valueForm.test(value ?? '')) return undefined;
    properties.push({ key, value: value === undefined ? undefined : percentDecode(value) });
  }
  return properties;
}

/** Splits at the first equals sign, since a value may contain more of them. `undefined` without one. */
function parsePair(text: string): { key: string; value: string | undefined } {
  const equals = text.indexOf('=');
  if (equals === -1) return { key: trimOptionalWhitespace(text), value: undefined };
  return { key: trimOptionalWhitespace(text.slice(0, equals)), value: trimOptionalWhitespace(text.slice(equals + 1)) };
}

/**
 * The value of a `baggage` header: ASCII, at most 64 members and 8192 bytes; empty if there is nothing to send. A
 * member that does not fit is dropped, and later members may still fit.
 *
 * @param onDropped Called with the number of dropped members.
 */
export function serializeBaggage(baggage: Baggage, onDropped?: OnDropped): string {
  const members: string[] = [];
  let bytes = 0;
  for (const [key, entry] of baggage.entries()) {
    if (members.length === maxMembers) break;
    const member = serializeMember(key, entry);
    const memberBytes = member.length + (members.length === 0 ? 0 : 1);
    if (bytes + memberBytes > maxBytes) continue;
    members.push(member);
    bytes += memberBytes;
  }
  const dropped = baggage.size - members.length;
  if (dropped > 0) onDropped?.(dropped);
  return members.join(',');
}

function serializeMember(key: string, { value, properties }: BaggageEntry): string {
  let member = `${key}=${encode(value)}`;
  for (const property of properties) {
    member += property.value === undefined ? `;${property.key}` : `;${property.key}=${encode(property.value)}`;
  }
  return member;
}

function encode(value: string): string {
  return value.replace(needsEncoding, percentEncode);
}

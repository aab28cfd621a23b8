/** Halves a list in JSON without reading it into objects: a body has thousands of values, and a string may hold any character. */
import type { Half } from './span-format.ts';

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const openers: ReadonlySet<number> = new Set([0x7b, 0x5b]);
const closers: ReadonlySet<number> = new Set([0x7d, 0x5d]);

/** `start` is the place after the list's opening bracket. Both halves keep what is around the list. */
export function halveJsonList(body: Buffer, start: number): readonly [Half, Half] | undefined {
  const ends = findMemberEnds(body, start);
  if (ends === undefined) return undefined;
  const firstCount = ends.length >> 1;
  const [at, end] = [ends[firstCount - 1], ends.at(-1)];
  if (at === undefined || end === undefined) return undefined;
  const [head, tail] = [body.subarray(0, start), body.subarray(end)];
  return [
    { body: Buffer.concat([head, body.subarray(start, at), tail]), spanCount: firstCount },
    { body: Buffer.concat([head, body.subarray(at + 1, end), tail]), spanCount: ends.length - firstCount },
  ];
}

/**
 * Where the members of a list end: at the commas between them, and at the list's closing bracket.
 *
 * @param start The place after the list's opening bracket. There is at least one member.
 * @returns `undefined` if the list has no end.
 */
export function findMemberEnds(body: Buffer, start: number): readonly number[] | undefined {
  const ends: number[] = [];
  let depth = 0;
  let isInString = false;
  for (let at = start; at < body.length; at++) {
    const byte = body[at] as number; // within the body
    if (isInString) {
      if (byte === backslash) at++;
      else if (byte === quote) isInString = false;
    } else if (byte === quote) isInString = true;
    else if (openers.has(byte)) depth++;
    else if (closers.has(byte)) {
      if (depth === 0) return [...ends, at];
      depth--;
    } else if (byte === comma && depth === 0) ends.push(at);
  }
  return undefined;
}

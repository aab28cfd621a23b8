/** Halves a list in JSON without reading it into objects: a body has thousands of values, and a string may hold any character. */
import type { Half } from './span-format.ts';

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const openers: ReadonlySet<number> = new Set([0x7b, 0x5b]);
const closers: ReadonlySet<number> = new Set([0x7d, 0x5d]);

/** `start` and `end` are those of the list's members, without its brackets. Both halves keep what is around them. */
export function halveJsonList(body: Buffer, start: number, end: number): readonly [Half, Half] | undefined {
  const commas = findCommas(body, start, end);
  const at = commas[(commas.length - 1) >> 1];
  if (at === undefined) return undefined;
  const firstCount = ((commas.length - 1) >> 1) + 1;
  const [head, tail] = [body.subarray(0, start), body.subarray(end)];
  return [
    { body: Buffer.concat([head, body.subarray(start, at), tail]), spanCount: firstCount },
    { body: Buffer.concat([head, body.subarray(at + 1, end), tail]), spanCount: commas.length + 1 - firstCount },
  ];
}

/** The positions between the members of the list. */
function findCommas(body: Buffer, start: number, end: number): readonly number[] {
  const commas: number[] = [];
  let depth = 0;
  let isInString = false;
  for (let at = start; at < end; at++) {
    const byte = body[at] as number; // within the body
    if (isInString) {
      if (byte === backslash) at++;
      else if (byte === quote) isInString = false;
    } else if (byte === quote) isInString = true;
    else if (openers.has(byte)) depth++;
    else if (closers.has(byte)) depth--;
    else if (byte === comma && depth === 0) commas.push(at);
  }
  return commas;
}

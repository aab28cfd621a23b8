/** Reads JSON from senders. It checks the memory that the JSON needs before parsing it, and says where parsing fails. */
import { UnreadableBody } from './unreadable-body.ts';

// V8 needs 40 to 60 bytes for an empty list or object, which has two bytes on the wire, and up to 24 for a number in a
// list. A real request of 64 MiB, the most that OTLP allows, needs about 150 MiB.
const openerBytes = 56;
const commaBytes = 24;
const maxBytes = 256 * 1024 * 1024;

/** A body of this size cannot reach that limit. */
const harmlessBytes = 2 * 1024 * 1024;

const decoder = new TextDecoder('utf-8', { fatal: true });

/** @throws {UnreadableBody} */
export function readJson(body: Uint8Array, format: string): unknown {
  if (body.length > harmlessBytes && estimateBytes(body) > maxBytes) {
    throw new UnreadableBody(`This JSON has too many values to be read at once: send fewer spans at a time.`, {
      status: 413,
    });
  }
  try {
    return JSON.parse(decoder.decode(body));
  } catch (error) {
    const { message: reason } = error as Error; // JSON.parse() and TextDecoder throw nothing else
    throw new UnreadableBody(`The body is not ${format} JSON: ${firstLine(reason)}`);
  }
}

/** Estimates the memory of everything outside of strings. */
function estimateBytes(body: Uint8Array): number {
  let bytes = 0;
  let isInText = false;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (byte === quote) isInText = !isInText;
    else if (isInText) {
      if (byte === backslash) at++;
    } else if (byte === comma) bytes += commaBytes;
    else if (byte === openBrace || byte === openBracket) bytes += openerBytes;
  }
  return bytes;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBrace = 0x7b;
const openBracket = 0x5b;

/** V8's message quotes a part of the JSON, which may be long and have line breaks. */
function firstLine(message: string): string {
  const line = message.replace(/\s+/g, ' ');
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

/** Reads JSON from senders: bounded in memory before it is parsed, and clear about where it goes wrong. */
import { UnreadableBody } from './unreadable-body.ts';

// V8 takes 40 to 60 bytes for an empty list or object, which are two on the wire, and up to 24 for a number in a list.
// A real request of 64 MiB, the most that OTLP allows, comes to about 150 MiB.
const openerBytes = 56;
const commaBytes = 24;
const maxBytes = 256 * 1024 * 1024;

/** So small that it cannot reach that. */
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
    const { message: reason } = error as Error; // JSON.parse() and TextDecoder throw no other
    throw new UnreadableBody(`The body is not ${format} JSON: ${firstLine(reason)}`);
  }
}

/** Of what is outside of texts. */
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

/** V8 quotes a part of the text, which may be long and span lines. */
function firstLine(message: string): string {
  const line = message.replace(/\s+/g, ' ');
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

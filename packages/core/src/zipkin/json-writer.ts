/** Writes pieces of JSON as bytes, without building a string first. */
import { quote } from '../json-string.ts';
import type { ByteWriter } from '../sending/byte-writer.ts';

// Up to this length a loop over the characters is faster than Buffer's method, whose call costs 40 ns.
const longestLoopedText = 24;

// ASCII that needs no escape in a JSON string.
const plainText = /^[ !#-[\]-~]*$/;

/** Writes the digits of a safe integer that is not negative. */
export function writeWholeNumber(writer: ByteWriter, value: number): void {
  const digits = String(value);
  writer.reserve(digits.length);
  const { bytes, position } = writer;
  for (let index = 0; index < digits.length; index++) bytes[position + index] = digits.charCodeAt(index);
  writer.position = position + digits.length;
}

/** Writes the contents of a JSON string. A lone surrogate, which UTF-8 cannot encode, becomes U+FFFD. */
export function writeText(writer: ByteWriter, text: string): void {
  const { length } = text;
  writer.reserve(length); // refuses a string that is far too long before it is escaped
  if (length > longestLoopedText) {
    if (plainText.test(text)) writer.position += writer.bytes.write(text, writer.position, 'latin1');
    else writeEscaped(writer, text);
    return;
  }
  const { bytes, position } = writer;
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) {
      writeEscaped(writer, text);
      return;
    }
    bytes[position + index] = code;
  }
  writer.position = position + length;
}

function writeEscaped(writer: ByteWriter, text: string): void {
  const escaped = quote(text).slice(1, -1);
  writer.reserve(Buffer.byteLength(escaped));
  writer.position += writer.bytes.write(escaped, writer.position, 'utf8');
}

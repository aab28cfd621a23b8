/** Percent-encoding in headers. `decodeURIComponent` and `encodeURIComponent` throw for some of these values. */
import { TextDecoder } from 'node:util';

// `encodeURIComponent` throws on these. With the flag `u` a surrogate matches only outside a pair.
const loneSurrogate = /\p{Surrogate}/gu;

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Encodes all characters except letters, digits and `-_.!~*'()`. A lone surrogate becomes U+FFFD. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text.replace(loneSurrogate, '\ufffd'));
}

/**
 * Decodes ASCII text once. `+` is a plus; a `%` without two hex digits stays; bytes that are not UTF-8 become U+FFFD.
 */
export function percentDecode(text: string): string {
  if (!text.includes('%')) return text;
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const high = code === 0x25 ? hexDigit(text.charCodeAt(i + 1)) : -1;
    const low = high === -1 ? -1 : hexDigit(text.charCodeAt(i + 2));
    if (low === -1) {
      bytes[length++] = code;
    } else {
      bytes[length++] = high * 16 + low;
      i += 2;
    }
  }
  return utf8.decode(bytes.subarray(0, length));
}

/** The value of a hex digit of either case, or -1; also for the NaN after the end of a string. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

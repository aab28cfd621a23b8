/** Prompts and answers as JSON for an attribute, for applications that ask for them. */

// As long as a page or two of text: an attribute with a whole document or image would fill the exporter's queue.
const maxLength = 16_384;

/**
 * JSON in which strings are cut, with `…`, so that the whole has about 16 KiB. What is left out leaves its place empty, so that the JSON
 * can still be parsed. Bytes are replaced by their number.
 */
export function contentJson(value: unknown): string {
  let left = maxLength;
  const shorten = (_key: string, part: unknown): unknown => {
    if (typeof part === 'bigint') return String(part);
    if (ArrayBuffer.isView(part) || part instanceof ArrayBuffer) return `${part.byteLength} bytes`;
    if (typeof part === 'string') {
      const cut = part.length > left ? `${part.slice(0, Math.max(left, 0))}…` : part;
      left -= part.length;
      return cut;
    }
    if (typeof part !== 'object' || part === null) return part;
    left -= 16; // the punctuation
    if (left > 0) return Array.isArray(part) && part.length > left ? part.slice(0, left) : part;
    return Array.isArray(part) ? [] : {};
  };
  return JSON.stringify(value, shorten);
}

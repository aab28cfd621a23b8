/** Prepares a string for storing: the WebAssembly driver cuts strings at a zero character. */
export function storedString(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text;
}

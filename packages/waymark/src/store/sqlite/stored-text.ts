/** A string as it is stored: the WebAssembly driver ends one at a zero. */
export function storedText(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text;
}

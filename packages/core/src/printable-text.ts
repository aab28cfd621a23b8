// Control characters, line separators, and the marks that change the direction of writing: data from the wire must not move the
// cursor, forge a second line, or look like another string.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const unprintable = /[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** The string as one line, with escapes for the characters that a terminal would interpret. */
export function toPrintable(text: string): string {
  return text.replace(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** How many columns a string takes on a terminal, where a character takes one, two or none. */

// The common part of Unicode's East Asian Width, and emoji. A wrong guess shifts a line by one column.
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const zeroWidth = /\p{Mn}|\p{Me}|\p{Cf}/u;
const onlyAscii = /^[\u0020-\u007e]*$/;

export function textWidth(text: string): number {
  if (onlyAscii.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

function characterWidth(character: string): number {
  if (zeroWidth.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

/** The string if it fits, else its beginning and an ellipsis. */
export function cutToWidth(text: string, width: number): string {
  // Marks without width make a string longer than its columns; eight characters for each column are enough.
  const enough = text.length > width * 8 ? text.slice(0, width * 8) : text;
  if (enough === text && textWidth(text) <= width) return text;
  let kept = '';
  let left = width - 1; // the ellipsis
  for (const character of enough) {
    left -= characterWidth(character);
    if (left < 0) break;
    kept += character;
  }
  return width > 0 ? `${kept}…` : '';
}

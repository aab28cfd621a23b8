/** How many columns a string takes on a terminal, where some characters take two columns and some none. */

// What matters in practice of Unicode's East Asian Width and of emoji; a wrong guess shifts a column by one.
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

/** Returns the string if it fits, or as much of its beginning as fits before an ellipsis. */
export function cutToWidth(text: string, width: number): string {
  // A column holds one character and the few marks on it: what lies far behind the last column is not measured.
  const start = text.length > width * 8 ? text.slice(0, width * 8) : text;
  if (start === text && textWidth(text) <= width) return text;
  let kept = '';
  let left = width - 1; // the ellipsis
  for (const character of start) {
    left -= characterWidth(character);
    if (left < 0) break;
    kept += character;
  }
  return width > 0 ? `${kept}…` : '';
}

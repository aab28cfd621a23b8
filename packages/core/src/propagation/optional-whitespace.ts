/** HTTP's optional whitespace: space and tab only. `trim()` would remove other characters too. */

const space = 32;
const tab = 9;

/**
 * Removes spaces and tabs around a field value.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-whitespace
 */
export function trimOptionalWhitespace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isOptionalWhitespace(text.charCodeAt(start))) start++;
  while (end > start && isOptionalWhitespace(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

function isOptionalWhitespace(code: number): boolean {
  return code === space || code === tab;
}

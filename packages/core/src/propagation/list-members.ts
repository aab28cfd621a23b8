// Cutting comma-separated header values: RFC 9110 section 5.6.1 lists, and OWS (5.6.3) around anything.

/**
 * Cuts a list into its members, in order, without the spaces and tabs around each. Empty members are skipped.
 * Linear: each character is looked at once for the comma, and once more only where whitespace is trimmed.
 */
export function splitListMembers(list: string): string[] {
  const members: string[] = [];
  let start = 0;
  while (start < list.length) {
    const comma = list.indexOf(',', start);
    const end = comma === -1 ? list.length : comma;
    const member = trimOws(list.slice(start, end));
    if (member !== '') members.push(member);
    start = end + 1;
  }
  return members;
}

/** Drops spaces and tabs at both ends. `trim()` would also take U+00A0, VT and line breaks, which are not HTTP's OWS. */
export function trimOws(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isOws(text.charCodeAt(start))) start++;
  while (end > start && isOws(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isOws(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Splits a comma-separated field value into its members: the lists of RFC 9110 section 5.6.1. */
import { trimOptionalWhitespace } from './optional-whitespace.ts';

/**
 * Splits a list into its members, in order, without the spaces and tabs around each. Empty members are skipped.
 * Linear: each character is read once for the comma, and once more where whitespace is trimmed.
 */
export function splitListMembers(list: string): string[] {
  const members: string[] = [];
  let start = 0;
  while (start < list.length) {
    const comma = list.indexOf(',', start);
    const end = comma === -1 ? list.length : comma;
    const member = trimOptionalWhitespace(list.slice(start, end));
    if (member !== '') members.push(member);
    start = end + 1;
  }
  return members;
}

import { formatTerm, quoteValue } from '../../../src/query/edit-query.ts';
import { builtInKeys } from '../../../src/query/query.ts';

/** The query for an attribute's value. An attribute may have the name of a built-in field, such as `name`: in quotes, it means the attribute. */
export function searchTerm(key: string, value: string): string {
  const isBuiltIn = (builtInKeys as readonly string[]).includes(key);
  return isBuiltIn ? `"${key}":${quoteValue(value)}` : formatTerm(key, value);
}

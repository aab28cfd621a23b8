/** Values in database queries: a `?` stands where they were, as in a query that is sent with its values beside it. */
import type { Removing } from './secret-kinds.ts';

export interface QueryOptions {
  /** `db.system.name` of the span. */
  readonly system: string | undefined;
  /** Whether the text is known to be a query; else it is looked at whether it has SQL in it. */
  readonly isQuery: boolean;
}

const sql =
  /\b(?:select\s[\s\S]*?\bfrom|insert\s+(?:ignore\s+)?into|replace\s+into|update\s[\s\S]*?\bset|delete\s+from|merge\s+into|(?:create|alter)\s+(?:user|role)|identified\s+by|where\s[\s\S]*?(?:=|<|>|\blike\b|\bin\b|\bbetween\b)|values\s*\(|call\s+[\w.]+\s*\(|exec(?:ute)?\s+[\w.]+\s)/i;
// What is looked at for signs of SQL: they stand at the beginning, and a longer text costs too much.
const signsWithin = 2000;

/** Systems in which double quotes hold text: in the others they hold names. */
const doubleQuotesAreText = /mysql|mariadb|bigquery|spanner|hive|spark|graphql/i;

export function removeQueryLiterals(text: string, { system, isQuery }: QueryOptions, removing: Removing): string {
  if (isQuery && /redis|valkey|memcached|keydb|dragonfly/i.test(system ?? '')) return removeArguments(text, removing);
  if (isQuery && /^\s*[[{]/.test(text)) return removeJsonValues(text, removing);
  if (isQuery || sql.test(text.slice(0, signsWithin))) return removeSqlLiterals(text, system, removing);
  return text;
}

// In order: comments stay (they are looked at as any text is); dollar quotes of PostgreSQL; text in quotes, with its prefix,
// also where the query was cut off in it; double and back quotes; numbers that are no part of a name or a parameter.
const literals =
  /\/\*[\s\S]*?(?:\*\/|$)|--[^\n]*|\$(\w*)\$[\s\S]*?(?:\$\1\$|$)|(?<!\w)(?:[a-z]{1,2}&?|_utf8mb4)?'(?:[^'\\]|''|\\[\s\S])*(?:'|$)|"(?:[^"\\]|""|\\[\s\S])*(?:"|$)|`[^`]*(?:`|$)|(?<![\w.$:@?"'`])[-+]?(?:0x[0-9a-f]+|\d+(?:\.\d+)?(?:e[-+]?\d+)?)\b(?!["'`])/gi;

function removeSqlLiterals(text: string, system: string | undefined, removing: Removing): string {
  return text.replace(literals, (literal, _tag, at: number) => {
    const first = literal.charAt(0);
    if (first === '`' || literal.startsWith('/*') || literal.startsWith('--')) return literal;
    if (first === '"' && isName(literal, text.charAt(at - 1), text.charAt(at + literal.length), system)) return literal;
    if (/^[-+]?\d$/.test(literal) || literal === "''") return literal; // says nothing: SELECT 1, LIMIT 5
    return removing('query-literal') ? '?' : literal;
  });
}

function isName(literal: string, before: string, after: string, system: string | undefined): boolean {
  if (before === '.' || after === '.') return true;
  if (doubleQuotesAreText.test(system ?? '')) return false;
  return /^"[\w$ -]{1,63}"$/.test(literal);
}

/** MongoDB's and Elasticsearch's: the names stay. Also of a text that was cut off. */
function removeJsonValues(text: string, removing: Removing): string {
  return text.replace(
    /("(?:[^"\\]|\\[\s\S])*(?:"|$))(\s*:)?|(?<![\w".])-?\d+(?:\.\d+)?(?:e[-+]?\d+)?\b/gi,
    (whole, quoted: string | undefined, colon: string | undefined) => {
      if (colon !== undefined || /^-?\d$/.test(whole) || whole === '"?"') return whole;
      // `{"find": "users"}`: the command and its collection.
      return removing('query-literal') ? (quoted === undefined ? '?' : '"?"') : whole;
    },
  );
}

/** Redis: the command and the first argument, which is the key. */
function removeArguments(text: string, removing: Removing): string {
  return text
    .split('\n')
    .map((line) => {
      const [, head = '', rest = ''] =
        /^(\s*(?:(?:auth|hello|config|acl|eval|evalsha)\b\s*|\S+(?:\s+(?:"[^"]*"|\S+))?\s*))([\s\S]*)$/i.exec(line) ??
        [];
      if (rest === '' || /^[?\s]*$/.test(rest)) return line;
      return removing('query-literal') ? `${head}?` : line;
    })
    .join('\n');
}

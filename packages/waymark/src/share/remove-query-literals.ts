/** Replaces the values in database queries by `?`, as in a query with parameters. */
import type { Removing } from './secret-kinds.ts';

export interface QueryOptions {
  /** `db.system.name` of the span. */
  readonly system: string | undefined;
  /** Whether the string is known to be a query. Otherwise it counts as one if it contains SQL. */
  readonly isQuery: boolean;
}

const sql =
  /\b(?:select\s[\s\S]*?\bfrom|insert\s+(?:ignore\s+)?into|replace\s+into|update\s[\s\S]*?\bset|delete\s+from|merge\s+into|(?:create|alter)\s+(?:user|role)|identified\s+by|where\s[\s\S]*?(?:=|<|>|\blike\b|\bin\b|\bbetween\b)|values\s*\(|call\s+[\w.]+\s*\(|exec(?:ute)?\s+[\w.]+\s)/i;
// Only so many characters are searched for SQL: it starts early, and long strings cost too much.
const signsWithin = 2000;

/** Systems in which double quotes enclose strings. In the others they enclose names. */
const doubleQuotesAreText = /mysql|mariadb|bigquery|spanner|hive|spark|graphql/i;

export function removeQueryLiterals(text: string, { system, isQuery }: QueryOptions, removing: Removing): string {
  if (isQuery && /redis|valkey|memcached|keydb|dragonfly/i.test(system ?? '')) return removeArguments(text, removing);
  if (isQuery && /^\s*[[{]/.test(text)) return removeJsonValues(text, removing);
  if (isQuery || sql.test(text.slice(0, signsWithin))) return removeSqlLiterals(text, system, removing);
  return text;
}

// In this order: comments (kept here, other rules apply to them); PostgreSQL's dollar quotes; strings in quotes with their
// prefix, complete or cut off; double quotes and backticks; numbers that are not part of a name or a parameter.
const literals =
  /\/\*[\s\S]*?(?:\*\/|$)|--[^\n]*|\$(\w*)\$[\s\S]*?(?:\$\1\$|$)|(?<!\w)(?:[a-z]{1,2}&?|_utf8mb4)?'(?:[^'\\]|''|\\[\s\S])*(?:'|$)|"(?:[^"\\]|""|\\[\s\S])*(?:"|$)|`[^`]*(?:`|$)|(?<![\w.$:@?"'`])[-+]?(?:0x[0-9a-f]+|\d+(?:\.\d+)?(?:e[-+]?\d+)?)\b(?!["'`])/gi;

function removeSqlLiterals(text: string, system: string | undefined, removing: Removing): string {
  return text.replace(literals, (literal, _tag, at: number) => {
    const first = literal.charAt(0);
    if (first === '`' || literal.startsWith('/*') || literal.startsWith('--')) return literal;
    if (first === '"' && isName(literal, text.charAt(at - 1), text.charAt(at + literal.length), system)) return literal;
    if (/^[-+]?\d$/.test(literal) || literal === "''") return literal; // one digit is no personal data: SELECT 1, LIMIT 5
    return removing('query-literal') ? '?' : literal;
  });
}

function isName(literal: string, before: string, after: string, system: string | undefined): boolean {
  if (before === '.' || after === '.') return true;
  if (doubleQuotesAreText.test(system ?? '')) return false;
  return /^"[\w$ -]{1,63}"$/.test(literal);
}

/** For queries of MongoDB and Elasticsearch, complete or cut off. The names stay. */
function removeJsonValues(text: string, removing: Removing): string {
  return text.replace(
    /("(?:[^"\\]|\\[\s\S])*(?:"|$))(\s*:)?|(?<![\w".])-?\d+(?:\.\d+)?(?:e[-+]?\d+)?\b/gi,
    (whole, quoted: string | undefined, colon: string | undefined) => {
      // A string before a colon is a name: `"find"` of `{"find": "users"}`.
      if (colon !== undefined || /^-?\d$/.test(whole) || whole === '"?"') return whole;
      return removing('query-literal') ? (quoted === undefined ? '?' : '"?"') : whole;
    },
  );
}

/** For Redis: keeps the command and its first argument, which is the key. */
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

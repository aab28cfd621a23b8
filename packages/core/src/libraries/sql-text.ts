/**
 * What a span says of an SQL statement: its text without any literal, and its summary. Both come from one pass over the statement.
 *
 * Where a server's settings decide what is a literal and what is not, more is replaced rather than less.
 */
import { createRecentValues, type RecentValues } from './recent-values.ts';
import { SqlReader, type SqlText } from './sql-reader.ts';
import { type SqlDialect, SqlTokens } from './sql-tokens.ts';

export type { SqlText } from './sql-reader.ts';
export type { SqlDialect } from './sql-tokens.ts';

const maxStatementLength = 32_768;

// 1,000 statements suffice for a service that prepares its statements. The characters bound the memory if they are long ones.
const recent: Partial<Record<SqlDialect, RecentValues<SqlText>>> = {};

/**
 * @param sql The statement, or several.
 * @returns The same object for the same statement while it is among those that were read last.
 */
export function readSql(sql: string, dialect: SqlDialect): SqlText {
  recent[dialect] ??= createRecentValues<SqlText>(1000, 1_000_000);
  const known = recent[dialect].get(sql);
  if (known !== undefined) return known;
  const isLong = sql.length > maxStatementLength;
  const text = tokenize(isLong ? sql.slice(0, maxStatementLength) : sql, dialect, isLong);
  if (!isLong) recent[dialect].set(sql, text);
  return text;
}

function tokenize(sql: string, dialect: SqlDialect, isCut: boolean): SqlText {
  // By default a backslash escapes in MySQL's strings, and does not in PostgreSQL's.
  const escapes = dialect === 'mysql';
  const reader = new SqlReader(sql, dialect, isCut);
  const tokens = reader.read(escapes, sql.length);
  if (tokens.ambiguousFrom === -1) return reader.end();
  // Only the reading by the default is valid: it is the right one. Otherwise nothing is shown from the first string on whose end
  // is not certain.
  if (!isCut && tokens.isClean && !isCleanReading(sql, dialect, !escapes)) return reader.end();
  const certain = new SqlReader(sql, dialect, isCut);
  certain.read(escapes, tokens.ambiguousFrom);
  return certain.end();
}

function isCleanReading(sql: string, dialect: SqlDialect, escapes: boolean): boolean {
  const tokens = new SqlTokens(sql, dialect, escapes);
  while (tokens.next() !== 'end');
  return tokens.isClean;
}

/** Removes the values from queries: two queries that differ only in values give the same pattern. */

// The rest of a query seldom distinguishes it from others, and some queries have megabytes.
const maxQueryLength = 2000;

/**
 * Replaces each value of a query in SQL or a similar language with `?`, and removes comments. A list of values becomes
 * one `?`.
 *
 * @param system The value of `db.system.name`. MySQL puts strings in double quotes; most databases put identifiers in
 *   them.
 * @example normaliseQuery("SELECT * FROM users WHERE id IN (1, 2) -- slow") // 'SELECT * FROM users WHERE id IN (?)'
 */
export function normaliseQuery(query: string, system = ''): string {
  const text = query.slice(0, maxQueryLength);
  return collapseLists(/^\s*[[{]/.test(text) ? hideJsonValues(text) : hideSqlValues(text, system));
}

/**
 * The number of values in the longest `IN` list, or of rows in an `INSERT`, whichever is more; 1 if the query has
 * neither. Only the first 2,000 characters count.
 */
export function countValues(query: string, system = ''): number {
  const text = query.slice(0, maxQueryLength);
  if (!/\bin\s*\(|\bvalues\s*\(/i.test(text)) return 1;
  const hidden = hideSqlValues(text, system).replace(/\s+/g, '');
  let most = 1;
  for (const [list] of hidden.matchAll(/(?<=in\()\?(?:,\?)+/gi)) most = Math.max(most, (list.length + 1) / 2);
  for (const [rows] of hidden.matchAll(/(?<=values)\([^()]*\)(?:,\([^()]*\)?)+/gi)) {
    most = Math.max(most, rows.split('(').length - 1);
  }
  return most;
}

/**
 * Whether a parameter is a list, as in `= ANY($1)` and `FROM unnest($1)`. Its length is not visible, but such a query
 * is meant for many values.
 */
export function takesArray(query: string, pattern: string): boolean {
  return (
    /\b(?:any|unnest|jsonb?_populate_recordset|jsonb?_to_recordset|openjson|json_table) ?\([^()]*\?/i.test(pattern) &&
    /\b(?:any|unnest|jsonb?_populate_recordset|jsonb?_to_recordset|openjson|json_table)\s*\([^()]*(?:[$:@]\w|\?|%s|%\()/i.test(
      query.slice(0, maxQueryLength),
    )
  );
}

function collapseLists(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/\?(?: ?, ?\?)+(?: ?, ?$)?/g, '?')
    .replace(/\( \?/g, '(?')
    .replace(/\? \)/g, '?)')
    .replace(/(\(\?\))(?: ?, ?\(\?\))+(?: ?, ?(?:\(\??)?$)?/g, '$1')
    .trim();
}

/** How a database reads `"…"`. */
type DoubleQuotes = 'identifier' | 'string' | 'either';

const stringsInDoubleQuotes = new Set(['mysql', 'mariadb', 'clickhouse', 'bigquery', 'spanner', 'hive']);
const identifiersInDoubleQuotes = new Set([
  'postgresql',
  'cockroachdb',
  'redshift',
  'microsoft.sql_server',
  'mssql',
  'oracle',
  'oracle.db',
  'db2',
  'ibm.db2',
  'snowflake',
  'cassandra',
]);

function doubleQuotesOf(system: string): DoubleQuotes {
  if (stringsInDoubleQuotes.has(system)) return 'string';
  return identifiersInDoubleQuotes.has(system) ? 'identifier' : 'either';
}

const word = /[a-z_][\w$]*/iy;
const number = /\d[\w.]*/y;
const placeholder = /\$\d+|:[a-z_]\w*|@\w+|%\(\w+\)s|%s/iy;
const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/iy;
const dollarQuote = /\$\w*\$/y;

/** A single pass, since a string may contain `--`, and a comment may contain a quote. */
function hideSqlValues(text: string, system: string): string {
  const quotes = doubleQuotesOf(system);
  // Standard SQL has no escape but `''`. Other dialects escape a quote with a backslash.
  const hasEscapes = quotes !== 'identifier';
  let hidden = '';
  /** The last word, and whether the open bracket holds a list of values. */
  let lastWord = '';
  let isInValues = false;

  for (let at = 0; at < text.length; ) {
    const character = text[at] as string;
    const next = text[at + 1];
    if ((character === '-' && next === '-') || (character === '#' && quotes === 'string')) {
      at = endOf(text, '\n', at);
      hidden += ' ';
    } else if (character === '/' && next === '*') {
      at = endOf(text, '*/', at + 2);
      hidden += ' ';
    } else if (character === "'") {
      at = endOfQuoted(text, at, hasEscapes);
      // The prefix in E'…', N'…', X'…' and B'…'.
      hidden = `${hidden.replace(/(?<!\w)[enxb]$/i, '')}?`;
    } else if (character === '"') {
      const end = endOfQuoted(text, at, hasEscapes);
      const isValue =
        quotes === 'string' ||
        (quotes === 'either' && text[end] !== '.' && (isInValues || /(?:[=<>]|\blike) ?$/i.test(hidden.slice(-6))));
      hidden += isValue ? '?' : text.slice(at, end);
      at = end;
    } else if (character === '`') {
      const end = endOf(text, '`', at + 1);
      hidden += text.slice(at, end);
      at = end;
    } else {
      const found = match(placeholder, text, at) ?? matchDollarQuote(text, at) ?? match(uuid, text, at);
      if (character === ':' && next === ':') {
        hidden += '::';
        at += 2;
      } else if (found !== undefined) {
        hidden += '?';
        at += found.length;
      } else if (isWordStart(character)) {
        lastWord = match(word, text, at) ?? character;
        hidden += lastWord;
        at += lastWord.length;
      } else if (
        isDigit(character) ||
        (character === '-' && isDigit(next) && /(?:^|[=<>(,]) ?$/.test(hidden.slice(-2)))
      ) {
        at += character === '-' ? 1 : 0;
        at += (match(number, text, at) as string).length;
        hidden += '?';
      } else {
        if (character === '(') isInValues = /^(?:in|values)$/i.test(lastWord);
        if (character === ')') isInValues = false;
        hidden += character;
        at++;
      }
    }
  }
  return hidden;
}

function isWordStart(character: string): boolean {
  return /[a-z_]/i.test(character);
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** PostgreSQL's `$tag$ … $tag$`. */
function matchDollarQuote(text: string, at: number): string | undefined {
  const tag = match(dollarQuote, text, at);
  return tag === undefined ? undefined : text.slice(at, endOf(text, tag, at + tag.length));
}

/** The index after the next `mark`, or the end of the query. */
function endOf(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found === -1 ? text.length : found + mark.length;
}

/** The index after a quoted part, in which the quote is doubled or escaped; the end of the query if it is cut off. */
function endOfQuoted(text: string, start: number, hasEscapes: boolean): number {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at++) {
    if (hasEscapes && text[at] === '\\') at++;
    else if (text[at] === quote) {
      if (text[at + 1] !== quote) return at + 1;
      at++;
    }
  }
  return text.length;
}

/** MongoDB's commands and Elasticsearch's bodies. Keys stay. */
function hideJsonValues(text: string): string {
  return text.replace(
    /"(?:[^"\\]|\\.)*"?(\s*:)?|-?\b\d[\w.+-]*|\b(?:true|false|null)\b/g,
    (found, colon: string | undefined) => (colon === undefined ? '?' : found),
  );
}

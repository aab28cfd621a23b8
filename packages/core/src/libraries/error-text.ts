/**
 * Messages of databases without the values in them: "Duplicate entry 'a@b.c' for key 'users.email'" becomes "Duplicate entry ? for key
 * 'users.email'". The result is the description of a failed span's status.
 *
 * Databases put values in quotes, braces or parentheses and do not escape them, so a value may hold the same quotes and all that
 * looks like the rest of a message. Therefore the first quote that is not around a known name starts a value, and the last one of its kind
 * ends it.
 */

// Long enough for what a database writes itself. The rest of a long message is a value, or a statement.
const maxMessageLength = 1024;

// Each look-up reads the statement.
const maxLookUps = 16;

/** Quotes by the character that opens them. Messages of PostgreSQL are translated. */
const closingQuotes = new Map([
  ["'", "'"],
  ['"', '"'],
  ['`', '`'],
  ['„', '“”'],
  ['“', '”'],
  ['‘', '’'],
  ['«', '»'],
  ['「', '」'],
]);

const closings = new Map([...closingQuotes, ['{', '}'], ['(', ')']]);

/** Text before a quote around a value, whatever it holds. */
const beforeValue = /(?:[:=,]|\b(?:value|values|entry|literal|string)) ?$/i;

/** Text before the name of a part of the schema. Such a name is not in each statement. */
const beforeSchemaName = /(?:\b(?:constraint|table|relation|index)|\b(?:for|in) (?:key|column)) $/i;

/** Messages that have a value at their beginning and the name of a part of the schema at their end. */
const endings = [
  { before: /\bDuplicate entry $/, after: / for key ['`][\w.$-]+['`]$/ },
  { before: /\bIncorrect[\w ]{0,40} value: $/, after: / for column ['`][\w.$-]+['`]$/ },
];

/** The driver of MariaDB adds the statement and the parameters. */
const addedStatement = /\r?\n ?sql: /;

/**
 * @param message What the database or its driver says.
 * @param statement The statement without literals: names in quotes stay if they are in it.
 * @returns At most 1,024 characters, and `…` if the message was longer.
 */
export function withoutLiterals(message: string, statement?: string): string {
  const isCut = message.length > maxMessageLength;
  const start = isCut ? message.slice(0, maxMessageLength) : message;
  const added = start.search(addedStatement);
  const text = added === -1 ? start : start.slice(0, added);
  const isKnown = knownNames(statement);
  const parts: string[] = [];
  let copiedTo = 0;
  let at = 0;
  // Where the quote is if a part of the same name follows: `schema`.`table`.
  let qualifiedFrom = -1;
  while (at < text.length) {
    const character = text.charAt(at);
    const closing = isApostrophe(text, at) ? undefined : closingQuotes.get(character);
    const before = text.slice(Math.max(copiedTo, at - 64), at);
    let end = at + 1;
    let isValue = true;
    if (closing !== undefined) {
      const nameEnd = endOfName(text, at, closing);
      const qualifies = at === qualifiedFrom && text.charAt(at - 1) === '.';
      isValue = nameEnd === -1 || !isName(text.slice(at + 1, nameEnd - 1), qualifies ? 'table ' : before, isKnown);
      if (!isValue) qualifiedFrom = nameEnd + 1;
      end = isValue ? endOfValue(text, at, closing, before, isCut) : nameEnd;
    } else if (character === '{') {
      end = endOfGroup(text, at, '}', isCut);
    } else if (character === '(' && /(?:=|\b(?:is|are|contains|values?)) ?$/i.test(before)) {
      end = endOfGroup(text, at, ')', isCut);
    } else {
      isValue = false;
    }
    if (isValue) {
      parts.push(withoutBareValues(text.slice(copiedTo, at), isKnown), '?');
      copiedTo = end;
    }
    at = end;
  }
  parts.push(withoutBareValues(text.slice(copiedTo), isKnown));
  if (isCut && added === -1) parts.push('…');
  return parts.join('');
}

function isName(content: string, before: string, isKnown: (name: string) => boolean): boolean {
  if (beforeValue.test(before)) return false;
  if (beforeSchemaName.test(before) && /^[A-Za-z_][\w.$-]*$/.test(content)) return true;
  // MySQL quotes the rest of the statement, PostgreSQL and SQLite a word.
  if (/\bnear $/.test(before) && !/^\w+$/.test(content)) return false;
  return /^[\p{L}_#][\p{L}\p{N}_$#. -]*$/u.test(content) && isKnown(content);
}

/** @returns The place after the next closing quote, or -1. */
function endOfName(text: string, at: number, closing: string): number {
  for (let end = at + 1; end < text.length; end++) if (closing.includes(text.charAt(end))) return end + 1;
  return -1;
}

/** @returns The place after the last quote of the kind. */
function endOfValue(text: string, at: number, closing: string, before: string, isCut: boolean): number {
  // The last quote that is left may be one in the middle of the value.
  if (isCut) return text.length;
  let last = text.length - 1;
  while (last > at && (!closing.includes(text.charAt(last)) || isApostrophe(text, last))) last--;
  if (last === at) return text.length;
  const value = text.slice(at, last + 1);
  for (const ending of endings) {
    if (!ending.before.test(before)) continue;
    const nameAt = value.search(ending.after);
    if (nameAt > 1 && closing.includes(value.charAt(nameAt - 1))) return at + nameAt;
  }
  return endOfEnclosed(text, at, last + 1);
}

function endOfGroup(text: string, at: number, closing: string, isCut: boolean): number {
  const last = text.lastIndexOf(closing);
  return last < at || isCut ? text.length : endOfEnclosed(text, at, last + 1);
}

/** What opens between the two places ends between them, or the value goes on: `find()` with the filter { name: "a`b" }. */
function endOfEnclosed(text: string, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const closing = isApostrophe(text, at) ? undefined : closings.get(text.charAt(at));
    if (closing === undefined) continue;
    let last = text.length - 1;
    while (last >= end && (!closing.includes(text.charAt(last)) || isApostrophe(text, last))) last--;
    end = Math.max(last + 1, end);
  }
  return end;
}

/** Values that have nothing around them. */
function withoutBareValues(text: string, isKnown: (name: string) => boolean): string {
  return text
    .replace(/(\bno such column: )([^\s"'`]+)/i, (whole, start: string, name: string) =>
      isKnown(name) ? whole : `${start}?`,
    )
    .replace(/[^\s@]+@\S+/g, '?') // e-mail addresses, and passwords in URLs
    .replace(/\b0x[\da-f]+/gi, '?')
    .replace(/((?:=|\bvalue) ?)[-+]?\d[\w.]*/gi, '$1?')
    .replace(/(?<![\w.:-]|SQLState: )[-+]?\d{5}[\w.,-]*/g, '?'); // not a port: 127.0.0.1:27017
}

/** Looks for whole names, whatever their case: PostgreSQL folds it. */
function knownNames(statement: string | undefined): (name: string) => boolean {
  if (statement === undefined) return () => false;
  let lookUps = 0;
  let lower: string | undefined;
  return (name) => {
    if (++lookUps > maxLookUps) return false;
    lower ??= statement.toLowerCase();
    const wanted = name.toLowerCase();
    for (let at = lower.indexOf(wanted); at !== -1; at = lower.indexOf(wanted, at + wanted.length)) {
      const after = at + wanted.length;
      if (!isPartOfName(lower.charAt(at - 1)) && !isPartOfName(lower.charAt(after))) return true;
    }
    return false;
  };
}

function isPartOfName(character: string): boolean {
  return /[\p{L}\p{N}_$]/u.test(character);
}

/** As in "doesn't". */
function isApostrophe(text: string, at: number): boolean {
  return (
    text.charAt(at) === "'" &&
    /[a-z]/i.test(text.charAt(at - 1)) &&
    /^(?:t|s|re|ve|ll)(?![a-z])/.test(text.slice(at + 1, at + 4))
  );
}

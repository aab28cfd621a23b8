/**
 * The tokens of an SQL statement, in one pass that reads each character a bounded number of times.
 *
 * It knows where literals, comments and names end in four dialects, and nothing of the grammar. A literal, a quoted name or a
 * comment without its end extends to the end of the statement.
 */

export type SqlDialect = 'postgresql' | 'mysql' | 'sqlite' | 'tsql';

export type TokenKind =
  /** Also hints and conditional comments' borders, such as MySQL's `/*!40101`. */
  | 'comment'
  /** A keyword or a name without quotes. */
  | 'word'
  /** A name in quotes. */
  | 'name'
  | 'number'
  /** Any literal but a number: strings, bit strings, dollar quotes. */
  | 'string'
  /** `?`, `$1`, `:name`, `@p1`; variables, too. */
  | 'placeholder'
  /** One character, or `::`. */
  | 'symbol'
  | 'end';

export class SqlTokens {
  kind: TokenKind = 'end';
  start = 0;
  end = 0;
  /**
   * Where the first string starts whose end depends on a setting of the server: a backslash precedes one of its quotes.
   * MySQL's NO_BACKSLASH_ESCAPES and PostgreSQL's standard_conforming_strings decide.
   */
  ambiguousFrom = -1;
  /** False if the statement cannot be valid as it is read: something has no end, or there is a backslash outside strings. */
  isClean = true;

  private readonly sql: string;
  private readonly dialect: SqlDialect;
  private readonly backslashEscapes: boolean;
  /** How many of MySQL's conditional comments are open: their content is code. */
  private openConditionals = 0;

  /** @param backslashEscapes Whether a backslash escapes the next character in plain strings. */
  constructor(sql: string, dialect: SqlDialect, backslashEscapes: boolean) {
    this.sql = sql;
    this.dialect = dialect;
    this.backslashEscapes = backslashEscapes;
  }

  /** Reads the next token into `kind`, `start` and `end`. */
  next(): TokenKind {
    const { sql } = this;
    let at = this.end;
    while (at < sql.length && isSpace(sql.charCodeAt(at))) at++;
    this.start = at;
    if (at >= sql.length) return this.take('end', at);
    const code = sql.charCodeAt(at);
    const following = sql.charCodeAt(at + 1);
    if (isDigit(code)) return this.number(at);
    if (isWordStart(code, sql, at)) return this.wordOrPrefixedString(at, code, following);
    switch (code) {
      case quote:
        return this.string(at + 1, quote, this.backslashEscapes);
      case doubleQuote:
        return this.dialect === 'mysql'
          ? this.string(at + 1, doubleQuote, this.backslashEscapes)
          : this.quotedName(at + 1, doubleQuote);
      case backtick:
        return this.dialect === 'postgresql' ? this.take('symbol', at + 1) : this.quotedName(at + 1, backtick);
      case openBracket:
        // PostgreSQL and MySQL: a subscript.
        return this.dialect === 'tsql' || this.dialect === 'sqlite'
          ? this.quotedName(at + 1, closeBracket)
          : this.take('symbol', at + 1);
      case dash:
        return following === dash && this.startsDashComment(at)
          ? this.lineComment(at + 2)
          : this.take('symbol', at + 1);
      case hash:
        if (this.dialect === 'mysql') return this.lineComment(at + 1);
        return this.dialect === 'tsql' ? this.take('word', this.endOfWord(at + 1)) : this.take('symbol', at + 1);
      case slash:
        return following === star ? this.blockComment(at) : this.take('symbol', at + 1);
      case star:
        if (following !== slash || this.openConditionals === 0) return this.take('symbol', at + 1);
        this.openConditionals--;
        return this.take('comment', at + 2);
      case dot:
        return isDigit(following) && !this.followsName(at) ? this.number(at) : this.take('symbol', at + 1);
      case dollar:
        return this.dollar(at, following);
      case at_:
        return this.variable(at, following);
      case colon:
        if (following === colon) return this.take('symbol', at + 2);
        return isNameCharacter(following) && !isDigit(following)
          ? this.take('placeholder', this.endOfWord(at + 1))
          : this.take('symbol', at + 1);
      case questionMark:
        // SQLite: ?1
        return this.take('placeholder', this.dialect === 'sqlite' ? this.endOfDigits(at + 1) : at + 1);
      case backslash:
        // MySQL: \N is NULL.
        if (following !== upperN) this.isClean = false;
        return this.take('symbol', at + 1);
      default:
        // A digit of another script, a currency sign before a number (T-SQL), or any other sign.
        return code >= 0x80 ? this.foreignSign(at) : this.take('symbol', at + 1);
    }
  }

  private take(kind: TokenKind, end: number): TokenKind {
    this.kind = kind;
    this.end = end;
    return kind;
  }

  private unterminated(kind: TokenKind): TokenKind {
    this.isClean = false;
    return this.take(kind, this.sql.length);
  }

  /** Number, and what is attached to it: `1e-5`, `0x1F`, `1_000`, `1.5`, and MySQL's names that start with a digit. */
  private number(from: number): TokenKind {
    const { sql } = this;
    const isHex = sql.charCodeAt(from) === zero && (sql.charCodeAt(from + 1) | 0x20) === lowerX;
    let at = from;
    for (; at < sql.length; at++) {
      const code = sql.charCodeAt(at);
      if (isNameCharacter(code) || code === dot) {
        const isExponent = !isHex && (code | 0x20) === lowerE;
        const sign = sql.charCodeAt(at + 1);
        if (isExponent && (sign === plus || sign === dash) && isDigit(sql.charCodeAt(at + 2))) at++;
      } else if (isHex && code === backslash && this.dialect === 'tsql') {
        // T-SQL: a backslash at the end of a line continues a constant.
        const next = sql.charCodeAt(at + 1);
        if (next === lineFeed) at++;
        else if (next === carriageReturn) at += sql.charCodeAt(at + 2) === lineFeed ? 2 : 1;
        else break;
      } else {
        break;
      }
    }
    return this.take('number', at);
  }

  private wordOrPrefixedString(at: number, code: number, following: number): TokenKind {
    const letter = code | 0x20;
    if (following === quote && (letter === lowerE || letter === lowerN || letter === lowerX || letter === lowerB)) {
      const isEscapeString = letter === lowerE && this.dialect === 'postgresql';
      return this.string(at + 2, quote, isEscapeString || this.backslashEscapes, isEscapeString);
    }
    if (letter === lowerU && following === ampersand) {
      const mark = this.sql.charCodeAt(at + 2);
      if (mark === quote) return this.string(at + 3, quote, this.backslashEscapes);
      if (mark === doubleQuote && this.dialect === 'postgresql') return this.quotedName(at + 3, doubleQuote);
    }
    return this.take('word', this.endOfWord(at + 1));
  }

  private endOfWord(from: number): number {
    const { sql } = this;
    let at = from;
    for (; at < sql.length; at++) {
      const code = sql.charCodeAt(at);
      if (isNameCharacter(code) || code === dollar) continue;
      if (this.dialect === 'tsql' && (code === hash || code === at_)) continue;
      break;
    }
    return at;
  }

  private endOfDigits(from: number): number {
    let at = from;
    while (isDigit(this.sql.charCodeAt(at))) at++;
    return at;
  }

  /** A string whose content starts at `from`. A doubled quote is a quote. */
  private string(from: number, mark: number, escapes: boolean, isEscapeString = false): TokenKind {
    const { sql } = this;
    const hasBackslashes = this.dialect === 'mysql' || this.dialect === 'postgresql';
    let at = from;
    for (;;) {
      if (at >= sql.length) return this.unterminated('string');
      const code = sql.charCodeAt(at);
      if (code === backslash && hasBackslashes) {
        let run = at + 1;
        while (sql.charCodeAt(run) === backslash) run++;
        const escapesMark = (run - at) % 2 === 1 && sql.charCodeAt(run) === mark;
        if (escapesMark && !isEscapeString && this.ambiguousFrom === -1) this.ambiguousFrom = this.start;
        at = escapesMark && escapes ? run + 1 : run;
      } else if (code !== mark) {
        at++;
      } else if (sql.charCodeAt(at + 1) === mark) {
        at += 2;
      } else {
        at++;
        const continued = this.dialect === 'postgresql' ? this.continuation(at) : -1;
        if (continued === -1) break;
        at = continued;
      }
    }
    // An older server reads a conditional comment as a comment, which ends within the string.
    if (this.openConditionals > 0 && sql.slice(from, at).includes('*/')) return this.unterminated('string');
    return this.take('string', at);
  }

  /**
   * PostgreSQL joins strings that only whitespace with a line break, and comments, separate. The second has no prefix, but the rules
   * of the first: `E'a' ⏎ 'it\'s'`.
   *
   * @returns Where the content of the next one starts, or -1.
   */
  private continuation(from: number): number {
    const { sql } = this;
    let hasLineBreak = false;
    for (let at = from; at < sql.length; at++) {
      const code = sql.charCodeAt(at);
      if (code === lineFeed || code === carriageReturn) hasLineBreak = true;
      else if (code === quote) return hasLineBreak ? at + 1 : -1;
      else if (code === dash && sql.charCodeAt(at + 1) === dash) at = this.endOfLine(at + 2) - 1;
      else if (!isSpace(code)) return -1;
    }
    return -1;
  }

  private quotedName(from: number, mark: number): TokenKind {
    const { sql } = this;
    const canDouble = mark !== closeBracket || this.dialect === 'tsql';
    for (let at = from; at < sql.length; at++) {
      if (sql.charCodeAt(at) !== mark) continue;
      if (canDouble && sql.charCodeAt(at + 1) === mark) at++;
      else return this.take('name', at + 1);
    }
    return this.unterminated('string');
  }

  /** MySQL needs a space after the dashes: `5--1` is 6. https://dev.mysql.com/doc/refman/8.4/en/ansi-diff-comments.html */
  private startsDashComment(at: number): boolean {
    if (this.dialect !== 'mysql') return true;
    const after = this.sql.charCodeAt(at + 2);
    return Number.isNaN(after) || isSpace(after);
  }

  private lineComment(from: number): TokenKind {
    const end = this.endOfLine(from);
    // Whether SQL Server ends a comment here is not documented.
    if (this.dialect === 'tsql') {
      const carriage = this.sql.slice(from, end).indexOf('\r');
      if (carriage !== -1 && from + carriage < end - 1) return this.unterminated('comment');
    }
    return this.take('comment', end);
  }

  private endOfLine(from: number): number {
    const { sql } = this;
    for (let at = from; at < sql.length; at++) {
      const code = sql.charCodeAt(at);
      if (code === lineFeed || (code === carriageReturn && this.dialect === 'postgresql')) return at;
    }
    return sql.length;
  }

  private blockComment(from: number): TokenKind {
    const { sql, dialect } = this;
    if (dialect === 'mysql') {
      let at = from + 2;
      if ((sql.charCodeAt(at) | 0x20) === lowerM && sql.charCodeAt(at + 1) === exclamationMark) at++; // MariaDB: /*M!
      if (sql.charCodeAt(at) === exclamationMark) {
        this.openConditionals++;
        return this.take('comment', this.endOfDigits(at + 1));
      }
    }
    const isNested = dialect === 'postgresql' || dialect === 'tsql';
    let depth = 1;
    for (let at = from + 2; at < sql.length; at++) {
      const code = sql.charCodeAt(at);
      if (code === star && sql.charCodeAt(at + 1) === slash) {
        at++;
        if (--depth === 0) return this.take('comment', at + 1);
      } else if (isNested && code === slash && sql.charCodeAt(at + 1) === star) {
        at++;
        depth++;
      }
    }
    return this.unterminated('comment');
  }

  private dollar(at: number, following: number): TokenKind {
    if (this.dialect === 'tsql') {
      // Money, such as $1.50; otherwise a pseudo-column, such as $action.
      return this.money(at + 1) ?? this.take('word', this.endOfWord(at + 1));
    }
    if (isDigit(following)) return this.take('placeholder', this.endOfDigits(at + 1));
    if (this.dialect === 'sqlite') return this.take('placeholder', this.endOfWord(at + 1));
    const { sql } = this;
    // Also in MySQL, from 9.0 on. Its older versions allow such a name, `$a$`; it is replaced.
    let tagEnd = at + 1;
    while (isNameCharacter(sql.charCodeAt(tagEnd))) tagEnd++;
    if (sql.charCodeAt(tagEnd) === dollar) {
      const tag = sql.slice(at, tagEnd + 1);
      const close = sql.indexOf(tag, tagEnd + 1);
      return close === -1 ? this.unterminated('string') : this.take('string', close + tag.length);
    }
    return this.dialect === 'mysql' ? this.take('word', this.endOfWord(at + 1)) : this.take('symbol', at + 1);
  }

  private money(from: number): TokenKind | undefined {
    const { sql } = this;
    let at = from;
    while (sql.charCodeAt(at) === dash || sql.charCodeAt(at) === plus || isSpace(sql.charCodeAt(at))) at++;
    const code = sql.charCodeAt(at);
    return isDigit(code) || (code === dot && isDigit(sql.charCodeAt(at + 1))) ? this.number(at) : undefined;
  }

  private variable(at: number, following: number): TokenKind {
    const nameStart = following === at_ ? at + 2 : at + 1;
    const code = this.sql.charCodeAt(nameStart);
    return isNameCharacter(code) && !isDigit(code)
      ? this.take('placeholder', this.endOfWord(nameStart))
      : this.take('symbol', at + 1);
  }

  private foreignSign(at: number): TokenKind {
    const character = String.fromCodePoint(this.sql.codePointAt(at) ?? 0);
    if (/\p{N}/u.test(character)) return this.number(at);
    if (this.dialect === 'tsql' && /\p{Sc}/u.test(character)) {
      const money = this.money(at + 1);
      if (money !== undefined) return money;
    }
    return this.take('symbol', at + character.length);
  }

  /** Whether a name or a closing bracket ends here, without space: `t.5`. */
  private followsName(at: number): boolean {
    const before = this.sql.charCodeAt(at - 1);
    return isNameCharacter(before) || before === doubleQuote || before === backtick || before === closeBracket;
  }
}

const [lineFeed, carriageReturn] = [0x0a, 0x0d];
const [doubleQuote, hash, dollar, ampersand, quote] = [0x22, 0x23, 0x24, 0x26, 0x27];
const [exclamationMark, star, plus, dash, dot, slash, zero] = [0x21, 0x2a, 0x2b, 0x2d, 0x2e, 0x2f, 0x30];
const [colon, questionMark, at_, openBracket, backslash, closeBracket, backtick] = [
  0x3a, 0x3f, 0x40, 0x5b, 0x5c, 0x5d, 0x60,
];
const [lowerB, lowerE, lowerM, lowerN, lowerU, lowerX, upperN] = [0x62, 0x65, 0x6d, 0x6e, 0x75, 0x78, 0x4e];

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a);
}

/** Control characters are whitespace, too. */
function isSpace(code: number): boolean {
  return code <= 0x20 || code === 0x7f || (code >= 0x80 && isForeignSpace(code));
}

function isForeignSpace(code: number): boolean {
  return (
    code <= 0xa0 || // C1 controls, no-break space
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200f) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000 ||
    code === 0xfeff
  );
}

/** In the middle of a word. PostgreSQL and MySQL allow any character above ASCII. */
function isNameCharacter(code: number): boolean {
  return isLetter(code) || isDigit(code) || code === 0x5f || (code >= 0x80 && !isForeignSpace(code));
}

function isWordStart(code: number, sql: string, at: number): boolean {
  if (code < 0x80) return isLetter(code) || code === 0x5f;
  return !/[\p{N}\p{Sc}]/u.test(String.fromCodePoint(sql.codePointAt(at) ?? 0));
}

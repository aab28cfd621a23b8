/** Replaces the literals of a statement and collects its summary, in one pass over its tokens. */
import { SqlSummary } from './sql-summary.ts';
import { type SqlDialect, SqlTokens, type TokenKind } from './sql-tokens.ts';
import { UnquotedArguments } from './unquoted-arguments.ts';

export interface SqlText {
  /**
   * `db.query.text`: every literal is `?`, several in the list of an IN are one `?`, and comments are gone. Placeholders and all the rest
   * stay as they are. A statement of more than 32,768 characters is cut, and ends with `…`.
   */
  readonly text: string;
  /** `db.query.summary`, at most 255 characters. '' if the statement has no operation that is known. */
  readonly summary: string;
}

/** What a parenthesis encloses, as far as it matters here. */
type Enclosed = 'in' | 'values' | 'other';

export class SqlReader {
  private readonly sql: string;
  private readonly dialect: SqlDialect;
  private readonly isCut: boolean;
  private readonly summary: SqlSummary;
  private readonly unquotedArguments: UnquotedArguments | undefined;
  private readonly parts: string[] = [];
  /** How much of the statement is in `parts`. */
  private copiedTo = 0;

  /** The token before: its kind, and its text in upper case if it is a word or a symbol. */
  private kind: TokenKind = 'end';
  private before = '';
  /** Where a sign starts that belongs to the number that follows, or -1. */
  private signFrom = -1;
  /** A literal came before; only a comma and a sign have followed. */
  private followsLiteral = false;
  private readonly parentheses: Enclosed[] = [];
  private closed: Enclosed = 'other';
  private statementStarts = true;
  private copy: 'none' | 'copy' | 'from input' = 'none';

  /** @param isCut Whether the statement is only the beginning of one. */
  constructor(sql: string, dialect: SqlDialect, isCut: boolean) {
    this.sql = sql;
    this.dialect = dialect;
    this.isCut = isCut;
    this.summary = new SqlSummary(dialect);
    this.unquotedArguments = dialect === 'tsql' ? new UnquotedArguments() : undefined;
  }

  /** @param until What follows is replaced as if it were one literal. */
  read(backslashEscapes: boolean, until: number): SqlTokens {
    const tokens = new SqlTokens(this.sql, this.dialect, backslashEscapes);
    for (;;) {
      const kind = tokens.next();
      const { start, end } = tokens;
      if (kind === 'end') break;
      if (start >= until) {
        this.replace(start, this.sql.length, '?');
        break;
      }
      // The rest of a word could be in the part that was cut off: TRU|E.
      if (this.isCut && end === this.sql.length && kind !== 'symbol') {
        this.replace(start, end, '');
        break;
      }
      if (kind === 'comment') this.comment(start, end);
      else this.token(kind, start, end);
      if (this.copy === 'from input' && this.before === ';') this.skipCopiedData(tokens);
    }
    return tokens;
  }

  end(): SqlText {
    const { sql, parts } = this;
    const mark = this.isCut ? '…' : '';
    parts.push(sql.slice(this.copiedTo), mark);
    return { text: parts.join('').trim(), summary: this.summary.end() };
  }

  private token(kind: TokenKind, start: number, end: number): void {
    const { kind: kindBefore } = this;
    let followsLiteral = false;
    let before = '';
    switch (kind) {
      case 'word': {
        const word = this.sql.slice(start, end);
        before = word.toUpperCase();
        if (this.isLiteralWord(before)) {
          followsLiteral = this.literal(start, end);
          kind = 'string';
        } else {
          this.word(word, before, end);
          if (before === 'NOT' && this.before === 'IS') before = 'IS';
        }
        break;
      }
      case 'name':
        if (this.isLiteralName(start, end)) {
          followsLiteral = this.literal(start, end);
          kind = 'string';
        } else {
          this.summary.name(this.sql.slice(start, end));
        }
        break;
      case 'number':
        followsLiteral = this.literal(this.signFrom === -1 || this.signFrom + 1 !== start ? start : this.signFrom, end);
        break;
      case 'string':
        followsLiteral = this.literal(start, end);
        break;
      case 'placeholder':
        this.summary.value();
        this.unquotedArguments?.variable();
        break;
      default:
        before = this.sql.slice(start, end);
        followsLiteral = this.followsLiteral && (before === ',' || before === '-' || before === '+');
        this.symbol(before, start, kindBefore);
    }
    if (kind !== 'symbol') this.signFrom = -1;
    this.followsLiteral = followsLiteral;
    this.kind = kind;
    this.before = before;
    this.statementStarts = before === ';';
  }

  private word(word: string, upper: string, end: number): void {
    this.summary.word(word, upper, this.characterAfter(end));
    if (upper === 'SELECT' && this.parentheses.length > 0) this.parentheses[this.parentheses.length - 1] = 'other';
    if (this.dialect !== 'postgresql') return;
    if (upper === 'COPY' && this.statementStarts) this.copy = 'copy';
    else if (upper === 'STDIN' && this.copy === 'copy') this.copy = 'from input';
  }

  private symbol(symbol: string, start: number, kindBefore: TokenKind): void {
    this.signFrom = (symbol === '-' || symbol === '+') && !this.endsOperand(kindBefore) ? start : -1;
    if (symbol === '(') this.parentheses.push(this.enclosed());
    else if (symbol === ')') this.closed = this.parentheses.pop() ?? 'other';
    else if (symbol === ';') this.parentheses.length = 0;
    this.summary.symbol(symbol);
    this.unquotedArguments?.symbol(symbol);
    if (symbol !== ')' && symbol !== ',') this.closed = 'other';
  }

  private enclosed(): Enclosed {
    if (this.before === 'IN') return 'in';
    // VALUES (…), (…)
    return this.before === 'VALUES' || (this.before === ',' && this.closed === 'values') ? 'values' : 'other';
  }

  /** Whether a sign after this token is an operator between two operands. */
  private endsOperand(kind: TokenKind): boolean {
    if (kind === 'symbol') return this.before === ')' || this.before === ']';
    if (kind === 'word') return !wordsBeforeExpression.has(this.before);
    return kind !== 'end';
  }

  private literal(start: number, end: number): boolean {
    this.summary.value();
    this.unquotedArguments?.value();
    const isInList = this.parentheses[this.parentheses.length - 1] === 'in';
    if (isInList && this.followsLiteral) this.copiedTo = end;
    else this.replace(start, end, '?');
    return isInList;
  }

  private isLiteralWord(upper: string): boolean {
    if (this.before === '.') return this.unquotedArguments?.word(upper, this.before) === true;
    // IS NOT TRUE is an operator.
    if ((upper === 'TRUE' || upper === 'FALSE') && this.before !== 'IS') return true;
    return this.unquotedArguments?.word(upper, this.before) === true;
  }

  /**
   * SQLite and SQL Server read a name in double quotes as a string if a setting says so, and SQLite also if there is no such column. A
   * name stays if it is qualified, or looks like a name and is not where a value is expected.
   */
  private isLiteralName(start: number, end: number): boolean {
    if (this.unquotedArguments?.name(this.before) === true) return true;
    const { sql, before } = this;
    if (sql.charCodeAt(start) !== 0x22 || this.dialect === 'postgresql') return false;
    if (before === '.' || sql.charCodeAt(end) === 0x2e) return false;
    if (this.parentheses[this.parentheses.length - 1] === 'values') return true;
    if (this.parentheses[this.parentheses.length - 1] === 'in') return true;
    return wordsBeforeValue.has(before) || !/^"[\p{L}_#][\p{L}\p{N}_$# -]*"$/u.test(sql.slice(start, end));
  }

  private comment(start: number, end: number): void {
    this.replace(start, end, isSpaceAt(this.sql, start - 1) && isSpaceAt(this.sql, end) ? '' : ' ');
    this.followsLiteral = false;
    this.signFrom = -1;
  }

  /** After `COPY … FROM STDIN;` a script has the rows, up to a line `\.`. */
  private skipCopiedData(tokens: SqlTokens): void {
    this.copy = 'none';
    const end = this.sql.indexOf('\n\\.', tokens.end);
    const dataEnd = end === -1 ? this.sql.length : end + 3;
    if (this.sql.slice(tokens.end, dataEnd).trim() !== '') this.replace(tokens.end, dataEnd, ' ?');
    tokens.end = dataEnd;
  }

  private replace(start: number, end: number, replacement: string): void {
    this.parts.push(this.sql.slice(this.copiedTo, start), replacement);
    this.copiedTo = end;
  }

  private characterAfter(end: number): string {
    let at = end;
    while (isSpaceAt(this.sql, at) && at < this.sql.length) at++;
    return this.sql.charAt(at);
  }
}

const wordsBeforeExpression = new Set(
  'AND BETWEEN BY CASE DEFAULT ELSE FETCH HAVING IN IS LIKE LIMIT NOT OFFSET ON OR RETURN RETURNING SELECT SET THEN TOP VALUES WHEN WHERE'.split(
    ' ',
  ),
);

const wordsBeforeValue = new Set('= < > ! | LIKE GLOB MATCH REGEXP BETWEEN THEN ELSE'.split(' '));

function isSpaceAt(text: string, at: number): boolean {
  // Also before the beginning and after the end.
  return !(text.charCodeAt(at) > 0x20);
}

/**
 * `db.query.summary` of a statement: its operations and their targets, in the order of the text. It becomes the name of the span.
 *
 * Only words of the tables below and names in the place of a target get into it, so no literal does.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/database/database-spans/#generating-a-summary-of-the-query
 */
import type { SqlDialect } from './sql-tokens.ts';

// The same page: at most 255 characters, cut between tokens.
const maxLength = 255;

/** What follows an operation: `list` is several targets with commas, `kind` is a kind of object such as TABLE. */
type Follows = 'nothing' | 'target' | 'list' | 'kind' | 'statement';

/** Words that are operations at the start of a statement. */
const operations = new Map<string, Follows>([
  ['SELECT', 'nothing'],
  ['INSERT', 'target'],
  ['REPLACE', 'target'],
  ['UPSERT', 'target'],
  ['UPDATE', 'list'],
  ['DELETE', 'list'],
  ['MERGE', 'target'],
  ['CREATE', 'kind'],
  ['ALTER', 'kind'],
  ['DROP', 'kind'],
  ['TRUNCATE', 'kind'],
  ['REFRESH', 'kind'],
  ['START', 'kind'],
  ['LOCK', 'kind'],
  ['CALL', 'target'],
  ['EXEC', 'target'],
  ['EXECUTE', 'target'],
  ['COPY', 'target'],
  ['USE', 'target'],
  ['PRAGMA', 'target'],
  ['TABLE', 'target'],
  ['EXPLAIN', 'statement'],
  ['DESCRIBE', 'statement'],
  ...(
    'ABORT ANALYZE ATTACH BACKUP BEGIN CHECK CHECKPOINT CLOSE CLUSTER COMMENT COMMIT DBCC DEALLOCATE DECLARE DENY DETACH DISCARD DO END ' +
    'FETCH FLUSH GRANT IF KILL LISTEN LOAD NOTIFY OPEN OPTIMIZE PREPARE PRINT RAISERROR REASSIGN REINDEX RELEASE RENAME REPAIR RESET RESTORE ' +
    'REVOKE ROLLBACK SAVE SAVEPOINT SET SHOW THROW UNLISTEN UNLOCK VACUUM VALUES WAITFOR WHILE XA'
  )
    .split(' ')
    .map((word): [string, Follows] => [word, 'nothing']),
]);

/** Words that are operations in the middle of a statement, too: subqueries, `WITH … UPDATE`, procedures. */
const innerOperations = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE']);

/** Before INSERT, UPDATE and DELETE: they are no operations in `FOR UPDATE`, `ON DELETE CASCADE`, `WHEN MATCHED THEN INSERT`. */
const wordsBeforeNoOperation = new Set('FOR KEY ON DO THEN OF OR AFTER BEFORE INSTEAD , . @'.split(' '));

/** These words and a parenthesis are a function, as in `REPLACE(name, …)` and `IF UPDATE(name)`. */
const functionNames = new Set(['INSERT', 'REPLACE', 'TRUNCATE', 'UPDATE', 'IF']);

/** What is created or changed; the value says whether its name is a target. Users and roles may be people. */
const kinds = new Map<string, boolean>([
  ...'DATABASE DOMAIN EVENT EXTENSION FUNCTION INDEX PROC PROCEDURE SCHEMA SEQUENCE SYNONYM TABLE TRIGGER TYPE VIEW'
    .split(' ')
    .map((kind): [string, boolean] => [kind, true]),
  ...'GROUP LOGIN POLICY ROLE RULE SERVER SESSION SYSTEM TABLES TRANSACTION USER'
    .split(' ')
    .map((kind): [string, boolean] => [kind, false]),
]);

/** Between a keyword and its target. */
const wordsBeforeTarget = new Set(
  'ABORT BULK CONCURRENTLY DELAYED EXISTS FAIL HIGH_PRIORITY IF IGNORE IMMEDIATE LATERAL LOW_PRIORITY NOT ONLY OR OVERWRITE PERCENT QUICK ROLLBACK TOP'.split(
    ' ',
  ),
);

/** These end the list of targets. */
const clauses = new Set(
  'DEFAULT EXCEPT FETCH FOR GROUP HAVING INTERSECT LIMIT OFFSET OPTION ORDER OUTPUT QUALIFY RETURNING SELECT SET UNION VALUES WHEN WHERE WINDOW'.split(
    ' ',
  ),
);

/** Operations that have a FROM clause. FROM is also a word of functions, `EXTRACT(YEAR FROM …)`, and of COPY and FETCH. */
const operationsWithFrom = new Set(['SELECT', 'DELETE', 'UPDATE', 'SHOW']);

/** What is known at one depth of parentheses. */
class Frame {
  operation = '';
  /** The next name is a target. */
  awaitsTarget = false;
  /** A comma is followed by another target. */
  isList = false;
  /** A parenthesis in the place of a target holds targets or a subquery. */
  allowsDerived = false;
  /** CREATE, ALTER and so on: the kind of object has not been read. */
  awaitsKind = false;
  /** Place in a list of common table expressions. */
  cte: 'none' | 'name' | 'as' | 'body' = 'none';
  cteName = '';
}

export class SqlSummary {
  private readonly parts: string[] = [];
  private length = 0;
  private isFull = false;
  private frame = new Frame();
  private readonly outer: Frame[] = [];
  private readonly cteNames = new Set<string>();
  /** The word before, in upper case, or the symbol. */
  private before = '';
  private isStart = true;
  private hasGrants = false;
  /** Parts before the targets of DELETE, which `DELETE t FROM table AS t` names again. */
  private partsBeforeDelete = -1;
  /** The target that is being read, `schema.table`; undefined between targets. */
  private target: string | undefined;
  private readonly dialect: SqlDialect;

  constructor(dialect: SqlDialect) {
    this.dialect = dialect;
  }

  /** @param next The character after the word and whitespace. */
  word(text: string, upper: string, next: string): void {
    if (this.isContinuation()) {
      this.target += text;
      this.before = '';
      return;
    }
    this.endTarget();
    if (!this.hasGrants) this.readWord(text, upper, next);
    this.before = upper;
    this.isStart = this.isStart && operations.get(upper) === 'statement';
  }

  /** A name in quotes. */
  name(text: string): void {
    if (this.isContinuation()) {
      this.target += text;
    } else {
      this.endTarget();
      if (!this.hasGrants && !this.readCteName(text)) this.readName(text);
    }
    this.before = '';
    this.isStart = false;
  }

  symbol(symbol: string): void {
    const { frame } = this;
    if (symbol === '.' && this.target !== undefined) {
      this.target += '.';
      this.before = '.';
      return;
    }
    this.endTarget();
    if (frame.cte === 'name' || (frame.cte === 'as' && symbol !== '(' && symbol !== ')')) frame.cte = 'none';
    if (symbol === '(') this.open();
    else if (symbol === ')') this.frame = this.outer.pop() ?? frame;
    else if (symbol === ';') this.endStatement();
    else if (symbol === ',') this.comma();
    // EXEC @result = procedure
    else if (!(symbol === '=' && frame.operation.startsWith('EXEC'))) frame.awaitsTarget = false;
    this.isStart = symbol === ';';
    this.before = symbol;
  }

  /** A literal or a placeholder. */
  value(): void {
    this.endTarget();
    const { frame } = this;
    if (!frame.operation.startsWith('EXEC') && this.before !== 'TOP') frame.awaitsTarget = false;
    if (frame.cte !== 'body') frame.cte = 'none';
    this.before = '';
    this.isStart = false;
  }

  /** @returns '' if there is no known operation. */
  end(): string {
    this.endTarget();
    return this.parts.join(' ');
  }

  private isContinuation(): boolean {
    return this.target !== undefined && this.before === '.';
  }

  private readWord(text: string, upper: string, next: string): void {
    if (this.readCteWord(text, upper)) return;
    const { frame } = this;
    if (this.isOperation(upper, next)) {
      this.beginOperation(text, upper);
    } else if (frame.awaitsKind) {
      this.readKind(text, upper);
    } else if (upper === 'WITH') {
      frame.cte = 'name';
    } else if (!this.readTargetKeyword(upper)) {
      if (clauses.has(upper)) {
        frame.awaitsTarget = false;
        frame.isList = false;
      } else if (upper === 'AS' || upper === 'ON') {
        frame.awaitsTarget = false;
      } else if (frame.awaitsTarget && !this.isBetweenKeywordAndTarget(upper)) {
        this.readName(text);
      }
    }
  }

  private isOperation(upper: string, next: string): boolean {
    if (next === '(' && functionNames.has(upper)) return false;
    const { frame, before } = this;
    if (this.isStart || frame.cte === 'body') return operations.has(upper);
    if (upper === 'SELECT') return before !== '.';
    // T-SQL needs no semicolon between statements.
    if (this.dialect === 'tsql' && (upper === 'EXEC' || upper === 'EXECUTE'))
      return frame.operation !== 'CREATE' && before !== '.' && before !== ',';
    return innerOperations.has(upper) && !wordsBeforeNoOperation.has(before);
  }

  private beginOperation(text: string, upper: string): void {
    const { frame } = this;
    const follows = operations.get(upper);
    frame.cte = 'none';
    frame.operation = upper;
    frame.awaitsTarget = follows === 'target' || follows === 'list';
    frame.isList = follows === 'list';
    frame.allowsDerived = upper === 'COPY';
    frame.awaitsKind = follows === 'kind';
    this.hasGrants = upper === 'GRANT' || upper === 'REVOKE' || upper === 'DENY';
    this.add(text);
    this.partsBeforeDelete = upper === 'DELETE' ? this.parts.length : -1;
  }

  /** CREATE UNIQUE INDEX …: words that are not known are skipped. TRUNCATE and LOCK have a table without the word, too. */
  private readKind(text: string, upper: string): void {
    const { frame } = this;
    const hasTarget = kinds.get(upper);
    if (hasTarget !== undefined) {
      frame.awaitsKind = false;
      frame.awaitsTarget = hasTarget;
      frame.isList = hasTarget && frame.operation !== 'CREATE' && frame.operation !== 'ALTER';
      this.add(text);
    } else if ((frame.operation === 'TRUNCATE' || frame.operation === 'LOCK') && !wordsBeforeTarget.has(upper)) {
      this.readName(text);
    }
  }

  /** @returns Whether the word was a keyword that a target follows. */
  private readTargetKeyword(upper: string): boolean {
    const { frame, before } = this;
    const { operation } = frame;
    switch (upper) {
      case 'FROM':
        if (before === 'DISTINCT' || !operationsWithFrom.has(operation)) return operation !== '';
        if (operation === 'DELETE' && this.partsBeforeDelete !== -1) this.forgetTargetsOfDelete();
        this.await(true);
        return true;
      case 'JOIN':
        this.await(frame.isList);
        return true;
      case 'STRAIGHT_JOIN':
        if (before !== 'SELECT') this.await(frame.isList);
        return true;
      case 'APPLY':
        if (before !== 'CROSS' && before !== 'OUTER') return false;
        this.await(frame.isList);
        return true;
      case 'INTO':
        if (operation === 'SELECT' || operation === 'LOAD') this.await(false, false);
        return true;
      case 'USING':
        if (operation !== 'MERGE' && operation !== 'DELETE') return false;
        this.await(operation === 'DELETE', false);
        return true;
      case 'OUTFILE':
      case 'DUMPFILE':
      case 'STDIN':
      case 'STDOUT':
        frame.awaitsTarget = false;
        return true;
      default:
        return false;
    }
  }

  private await(isList: boolean, allowsDerived = true): void {
    this.frame.awaitsTarget = true;
    this.frame.isList = isList;
    this.frame.allowsDerived = allowsDerived;
  }

  private forgetTargetsOfDelete(): void {
    for (const part of this.parts.splice(this.partsBeforeDelete)) this.length -= part.length + 1;
    this.partsBeforeDelete = -1;
  }

  private isBetweenKeywordAndTarget(upper: string): boolean {
    if (wordsBeforeTarget.has(upper)) return true;
    const { operation } = this.frame;
    // INSERT OR REPLACE INTO TABLE …, but FROM table
    const isInsert = operation === 'INSERT' || operation === 'REPLACE' || operation === 'LOAD' || operation === 'LOCK';
    return isInsert && (upper === 'TABLE' || upper === 'REPLACE');
  }

  private readName(text: string): void {
    const { frame } = this;
    if (frame.awaitsKind && (frame.operation === 'TRUNCATE' || frame.operation === 'LOCK')) {
      frame.awaitsKind = false;
      frame.isList = true;
    } else if (!frame.awaitsTarget) {
      return;
    }
    frame.awaitsTarget = false;
    this.target = text;
  }

  private endTarget(): void {
    const { target } = this;
    if (target === undefined) return;
    this.target = undefined;
    if (this.cteNames.size > 0 && this.cteNames.has(plainName(target))) return;
    this.add(target);
  }

  private open(): void {
    const { frame } = this;
    this.outer.push(frame);
    this.frame = new Frame();
    if (!frame.awaitsTarget || this.before === 'TOP') return;
    frame.awaitsTarget = false;
    if (frame.allowsDerived) {
      // FROM (a JOIN b …), FROM (SELECT …)
      this.frame.awaitsTarget = this.before !== 'USING';
      this.frame.isList = true;
      this.frame.allowsDerived = true;
    }
  }

  private comma(): void {
    const { frame } = this;
    if (frame.cte === 'body') frame.cte = 'name';
    else frame.awaitsTarget = frame.isList;
  }

  private endStatement(): void {
    this.frame = new Frame();
    this.outer.length = 0;
    this.cteNames.clear();
    this.isStart = true;
    this.hasGrants = false;
    this.partsBeforeDelete = -1;
  }

  /** @returns Whether the word belongs to the head of a common table expression. */
  private readCteWord(text: string, upper: string): boolean {
    const { frame } = this;
    if (frame.cte === 'name' && upper === 'RECURSIVE') return true;
    if (frame.cte === 'name') return this.readCteName(text);
    if (frame.cte === 'as') {
      frame.cte = upper === 'AS' ? 'body' : 'none';
      if (frame.cte === 'body') this.cteNames.add(plainName(frame.cteName));
      return frame.cte === 'body';
    }
    return frame.cte === 'body' && (upper === 'NOT' || upper === 'MATERIALIZED');
  }

  private readCteName(text: string): boolean {
    const { frame } = this;
    if (frame.cte !== 'name') return false;
    frame.cteName = text;
    frame.cte = 'as';
    return true;
  }

  private add(part: string): void {
    const length = this.length + part.length + (this.parts.length > 0 ? 1 : 0);
    if (length > maxLength) this.isFull = true;
    if (this.isFull) return;
    this.parts.push(part);
    this.length = length;
  }
}

/** Without quotes and case. */
function plainName(name: string): string {
  const first = name.charCodeAt(0);
  const isQuoted = first === 0x22 || first === 0x60 || first === 0x5b; // " ` [
  return (isQuoted ? name.slice(1, -1) : name).toLowerCase();
}

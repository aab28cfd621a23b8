/**
 * Arguments of T-SQL's procedures that are strings without quotes: in `EXEC find_user alice`, `alice` is a value. EXEC can be missing if
 * the call is the first statement.
 *
 * @see https://learn.microsoft.com/sql/t-sql/language-elements/execute-transact-sql
 */
export class UnquotedArguments {
  private place: 'start' | 'elsewhere' | 'procedure' | 'arguments' = 'start';
  private hasName = false;

  /** @returns Whether the word is such a string. */
  word(upper: string, before: string): boolean {
    const isExecute = upper === 'EXEC' || upper === 'EXECUTE';
    if (this.place === 'procedure' && (!this.hasName || before === '.')) {
      this.hasName = true;
      return false;
    }
    if (isExecute && !wordsBeforePermission.has(before)) {
      this.enterProcedure();
      return false;
    }
    if (statements.has(upper)) {
      this.place = 'elsewhere';
      return false;
    }
    if (this.place === 'elsewhere') return false;
    if (this.place === 'start') {
      this.enterProcedure();
      this.hasName = true;
      return false;
    }
    this.place = 'arguments';
    return !wordsAmongArguments.has(upper);
  }

  /** A name in quotes. @returns Whether it is such a string. */
  name(before: string): boolean {
    if (this.place === 'elsewhere') return false;
    if (this.place === 'start') this.enterProcedure();
    if (this.place === 'procedure' && (!this.hasName || before === '.')) {
      this.hasName = true;
      return false;
    }
    this.place = 'arguments';
    return true;
  }

  /** EXEC @procedure …, EXEC @result = procedure … */
  variable(): void {
    if (this.place === 'procedure') this.hasName = true;
    else if (this.place === 'start') this.place = 'elsewhere';
  }

  value(): void {
    if (this.place === 'procedure') this.place = 'arguments';
    else if (this.place === 'start') this.place = 'elsewhere';
  }

  symbol(symbol: string): void {
    if (symbol === ';') this.place = 'start';
    else if (this.place === 'procedure' && symbol === '=') this.hasName = false;
    else if (this.place === 'procedure' && !this.hasName)
      this.place = 'elsewhere'; // EXEC ('…')
    else if (this.place === 'start') this.place = 'elsewhere';
  }

  private enterProcedure(): void {
    this.place = 'procedure';
    this.hasName = false;
  }
}

/** GRANT EXECUTE ON … */
const wordsBeforePermission = new Set(['GRANT', 'DENY', 'REVOKE', ',', '.']);

const wordsAmongArguments = new Set(['AS', 'AT', 'DEFAULT', 'NULL', 'OUT', 'OUTPUT', 'RECOMPILE', 'WITH']);

/** Words that start a statement or a block, so a list of arguments has ended. */
const statements = new Set(
  (
    'ADD ALTER BACKUP BEGIN BREAK BULK CHECKPOINT CLOSE COMMIT CONTINUE CREATE DBCC DEALLOCATE DECLARE DELETE DENY DISABLE DROP ELSE ' +
    'ENABLE END FETCH GO GOTO GRANT IF INSERT KILL MERGE MOVE OPEN PRINT RAISERROR READTEXT RECEIVE RECONFIGURE RESTORE RETURN REVERT ' +
    'REVOKE ROLLBACK SAVE SELECT SEND SET SHUTDOWN THROW TRUNCATE UPDATE UPDATETEXT USE WAITFOR WHILE WITH WRITETEXT'
  ).split(' '),
);

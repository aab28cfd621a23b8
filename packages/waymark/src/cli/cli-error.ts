/** An error of the command line. Its message says what happened and what to do. */
export type CliErrorCode =
  | 'WAYMARK_USAGE'
  | 'WAYMARK_NO_COLLECTOR'
  | 'WAYMARK_REFUSED'
  | 'WAYMARK_NO_TRACE'
  | 'WAYMARK_UNREADABLE_FILE'
  | 'WAYMARK_CANNOT_WRITE'
  | 'WAYMARK_CANNOT_START';

export class CliError extends Error {
  readonly code: CliErrorCode;
  /** The exit code: 2 for a mistake in the command, 1 for other errors. */
  readonly exitCode: 1 | 2;

  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.code = code;
    this.exitCode = code === 'WAYMARK_USAGE' ? 2 : 1;
  }
}

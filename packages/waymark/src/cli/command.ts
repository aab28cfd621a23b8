import type { Arguments, Option } from './read-arguments.ts';

/** One of the command line's commands, and its page of help. */
export interface Command {
  /** `waymark tail [QUERY]` */
  readonly usage: string;
  /** In a line. */
  readonly summary: string;
  readonly details?: string;
  readonly options: Readonly<Record<string, Option>>;
  readonly maxPositionals: number;
  /** @returns The exit code; or the signal to end by. */
  run(args: Arguments, io: CliIo): Promise<number | NodeJS.Signals>;
}

export interface CliIo {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Environment;
  /** Aborted by the first signal that asks this process to end; that is its reason. */
  readonly signal: AbortSignal;
  /** Each such signal, until what is returned is called: whoever listens answers for ending. */
  onSignal(listener: (signal: NodeJS.Signals) => void): () => void;
}

export type Environment = Readonly<Record<string, string | undefined>>;

import type { Arguments, Option } from './read-arguments.ts';

/** A command, with its help. */
export interface Command {
  /** `waymark tail [QUERY]` */
  readonly usage: string;
  /** One line, in lower case. */
  readonly summary: string;
  readonly details?: string;
  readonly options: Readonly<Record<string, Option>>;
  readonly maxPositionals: number;
  /** @returns The exit code, or the signal to end by. */
  run(args: Arguments, io: CliIo): Promise<number | NodeJS.Signals>;
}

export interface CliIo {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Environment;
  /** Aborted by the first signal that asks this process to end, with the signal's name as the reason. */
  readonly signal: AbortSignal;
  /** Calls the listener for each such signal; the listener must end the process. @returns A function that removes it. */
  onSignal(listener: (signal: NodeJS.Signals) => void): () => void;
}

export type Environment = Readonly<Record<string, string | undefined>>;

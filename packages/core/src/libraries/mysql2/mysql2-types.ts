/** What tracing reads of mysql2, from 3.0 to 3.24. */

// biome-ignore lint/suspicious/noExplicitAny: methods of the library, with any signature
export type AnyFunction = (this: any, ...args: any[]) => unknown;

/** `connection.config`, and `pool.config.connectionConfig`. */
export interface ConnectionConfig {
  readonly host?: unknown;
  readonly port?: unknown;
  readonly socketPath?: unknown;
  readonly database?: unknown;
  readonly rowsAsArray?: unknown;
}

/** A queue of commands. */
export interface CommandQueue {
  readonly length: number;
  get(index: number): Command | undefined;
}

/** A statement that is sent, or waits for its turn on a connection. It emits `fields`, `result`, `error` and `end`. */
export interface Command {
  readonly sql?: unknown;
  readonly values?: unknown;
  /** Absent in the form with events. */
  onResult?: AnyFunction | undefined;
  emit(event: string, ...args: unknown[]): boolean;
  listenerCount(event: string): number;
  rawListeners(event: string): AnyFunction[];
  removeListener(event: string, listener: AnyFunction): unknown;
}

export interface Connection {
  readonly config: ConnectionConfig;
  readonly stream?: { readonly destroyed?: boolean; once(event: 'close', listener: () => void): unknown };
  readonly _command?: Command | null;
  readonly _commands?: CommandQueue;
}

export interface Pool {
  readonly config: { readonly connectionConfig: ConnectionConfig };
}

/** What `prepare()` passes to its callback. */
export interface Statement {
  readonly query?: unknown;
  readonly _connection?: Connection;
}

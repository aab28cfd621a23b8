/** The parts of postgres.js that tracing touches, from version 3.0 on. */
import type { AnyFunction } from '../run-in-caller.ts';

/** A statement, or a fragment of one. It is a promise, and is sent when `handle()` is called: by `then`, `execute()`, `cursor()`. */
export interface PostgresQuery {
  readonly tagged: boolean;
  readonly strings: readonly string[];
  readonly args: readonly unknown[];
  /** One function for all queries of an instance. Queries of the driver itself have none. */
  readonly canceller: object | null | undefined;
  /** Whether `handle()` has been called. */
  readonly executed: boolean;
  /** The text, once it has been sent. */
  readonly string?: unknown;
  readonly statement?: { readonly string?: unknown } | null;
  /** Whether the result is the stream of a COPY. */
  readonly streaming?: boolean;
  /** The rows of a batch, if it is a cursor. */
  readonly cursorRows?: number;
  cursorFn?: AnyFunction;
  forEachFn?: AnyFunction;
  resolve: AnyFunction;
  reject: AnyFunction;
}

/** What `postgres()` returns, and what `begin()` and `reserve()` pass on. */
export interface Sql {
  unsafe(text: string): PostgresQuery;
  /** Absent from the one of a transaction. */
  readonly options?: {
    readonly host?: unknown;
    readonly port?: unknown;
    readonly path?: unknown;
    readonly database?: unknown;
  };
}

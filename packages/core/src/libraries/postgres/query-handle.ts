/**
 * `query.handle()`, which sends a query, in the context of the code that awaits it: a span for each query, and the caller's context in
 * the functions that the application passes to it. A query that is never awaited is not sent, and has no span.
 */
import { currentContext } from '../../active-context.ts';
import type { Context } from '../../context.ts';
import { contained } from '../../count-fault.ts';
import { failQuery } from '../fail-query.ts';
import type { Operation } from '../operation.ts';
import { type AnyFunction, runInCaller } from '../run-in-caller.ts';
import { beginQuery, describeAgain } from '../sql-operation.ts';
import { isPublishing, noteBegin, noteEnd } from './native-channel.ts';
import type { PostgresQuery } from './postgres-types.ts';
import { endQuery } from './query-end.ts';
import { type QueryText, textOf } from './query-text.ts';
import { serverOf } from './servers.ts';

/** Returns what replaces `Query.prototype.handle`. */
export function tracedHandle(original: AnyFunction): AnyFunction {
  return function handle(this: PostgresQuery, ...args: unknown[]): unknown {
    if (!this.executed) begin(this);
    return Reflect.apply(original, this, args);
  };
}

const begin = contained((query: PostgresQuery): void => {
  // The driver asks for the types of arrays, and for the state of a standby, when it connects.
  if (query.canceller === null || query.canceller === undefined) return;
  const text = textOf(query);
  const values = text.isExact ? query.args : undefined;
  const operation = isPublishing()
    ? undefined
    : beginQuery('postgres', 'postgresql', text.text, serverOf(query.canceller), values);
  const caller = currentContext();
  const call = new QueryCall(query, caller, operation, text);
  if (query.forEachFn !== undefined) query.forEachFn = call.receiver(query.forEachFn, false);
  if (query.cursorRows !== undefined) call.watchCursor();
  else if (operation !== undefined) call.watchEnd();
});

/** A query that has been sent, or waits for a connection. */
class QueryCall {
  private readonly query: PostgresQuery;
  private readonly caller: Context | undefined;
  private readonly operation: Operation | undefined;
  private readonly text: QueryText;
  /** The rows that the application's function was called with, if it has one. */
  private rows: number | undefined = undefined;
  private hasEnded = false;

  constructor(query: PostgresQuery, caller: Context | undefined, operation: Operation | undefined, text: QueryText) {
    this.query = query;
    this.caller = caller;
    this.operation = operation;
    this.text = text;
    if (operation !== undefined) noteBegin();
  }

  /** A function that is called with rows. */
  receiver(fn: AnyFunction, isBatch: boolean): AnyFunction {
    const call = this;
    call.rows ??= 0;
    return function receive(this: unknown, ...args: unknown[]): unknown {
      const [rows] = args;
      call.rows = (call.rows ?? 0) + (isBatch && Array.isArray(rows) ? rows.length : 1);
      return runInCaller(call.caller, fn, this, args);
    };
  }

  watchEnd(): void {
    const { query } = this;
    query.resolve = this.resolver(query.resolve);
    query.reject = this.rejecter(query.reject);
  }

  /** The iterator of a cursor sets all three functions anew for each batch. */
  watchCursor(): void {
    this.rows = 0;
    this.follow('cursorFn', (fn) => this.receiver(fn, true));
    this.follow('resolve', (fn) => this.resolver(fn));
    this.follow('reject', (fn) => this.rejecter(fn));
  }

  private follow(name: 'cursorFn' | 'resolve' | 'reject', watch: (fn: AnyFunction) => AnyFunction): void {
    const first = this.query[name];
    let current = first === undefined ? undefined : watch(first);
    Object.defineProperty(this.query, name, {
      get: () => current,
      set(fn: AnyFunction) {
        current = watch(fn);
      },
      enumerable: true,
      configurable: true,
    });
  }

  private resolver(resolve: AnyFunction): AnyFunction {
    return (result: unknown) => {
      this.end(true, result);
      return resolve(result);
    };
  }

  private rejecter(reject: AnyFunction): AnyFunction {
    return (error: unknown) => {
      this.end(false, error);
      return reject(error);
    };
  }

  private readonly end = contained((isResult: boolean, value: unknown): void => {
    const { operation, query, text } = this;
    if (operation === undefined || this.hasEnded) return;
    this.hasEnded = true;
    noteEnd();
    const sent = query.string ?? query.statement?.string;
    if (!text.isExact && typeof sent === 'string') describeAgain(operation, 'postgres', 'postgresql', sent);
    if (isResult) endQuery(operation, value, this.rows);
    else failQuery(operation, value);
  });
}

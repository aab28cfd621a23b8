/**
 * The span of a connection that a pool could not provide. One that it provides has none: the statement that is sent on it has.
 *
 * With the name of the statement, if it was for `pool.query()` or `pool.execute()`; otherwise `connect`.
 */
import type { Context } from '../../context.ts';
import { contained } from '../../count-fault.ts';
import { knownTracer } from '../../internal-tracer.ts';
import type { SharedAttributes } from '../../shared-attributes.ts';
import { tracedCaller } from '../caller.ts';
import type { ChannelOperation } from '../channel-subscriber.ts';
import { Operation } from '../operation.ts';
import { runInCaller } from '../run-in-caller.ts';
import { beginQuery } from '../sql-operation.ts';
import { failStatement, textOf } from './mysql2-facts.ts';

/** The arguments of `pool.query()` or `pool.execute()`. */
export type StatementArguments = ArrayLike<unknown>;

/** The arguments of the `pool.query()` that runs now. It calls `getConnection()` before it returns. */
let statementOfPool: StatementArguments | undefined;

/** @returns What ran before, for {@link leavePool}. */
export function enterPool(statement: StatementArguments): StatementArguments | undefined {
  const outer = statementOfPool;
  statementOfPool = statement;
  return outer;
}

export function leavePool(outer: StatementArguments | undefined): void {
  statementOfPool = outer;
}

/**
 * Failures that have no span yet. A pool whose connection breaks asks again for those that wait, in the context of the request that
 * released that connection. So one failure may be reported twice: first there, and then to the caller that waits, which is the right one.
 */
const failures = new Map<unknown, ConnectionAttempt>();

/** A connection that a pool has been asked for. */
export class ConnectionAttempt implements ChannelOperation {
  private readonly caller: Context;
  private readonly server: SharedAttributes;
  private readonly startTime: number | undefined;
  private readonly statement: StatementArguments | undefined;

  /** @returns `undefined` if a failure would have no span. */
  static begin(server: SharedAttributes): ConnectionAttempt | undefined {
    const caller = tracedCaller('mysql2');
    return caller === undefined ? undefined : new ConnectionAttempt(caller, server);
  }

  private constructor(caller: Context, server: SharedAttributes) {
    this.caller = caller;
    this.server = server;
    this.startTime = knownTracer(caller.span)?.clock.monotonicMs();
    this.statement = statementOfPool;
  }

  context(): Context {
    return this.caller;
  }

  fail(error: unknown): void {
    if (failures.size === 0) queueMicrotask(recordAll);
    failures.set(error, this);
  }

  end(): void {}

  /** Makes the span. */
  record(error: unknown): void {
    runInCaller(
      this.caller,
      () => {
        const operation = this.statement === undefined ? this.connect() : this.query();
        if (operation !== undefined) failStatement(operation, error);
      },
      undefined,
      [],
    );
  }

  private query(): Operation | undefined {
    const [statement, values] = Array.from(this.statement ?? []);
    const parameters = typeof values === 'object' ? values : undefined;
    return beginQuery('mysql2', 'mysql', textOf(statement), this.server, parameters, this.startTime);
  }

  private connect(): Operation | undefined {
    const { caller, server, startTime } = this;
    const namespace = server.list[server.list.indexOf('db.namespace') + 1];
    const name = server.has('db.namespace') ? `connect ${namespace}` : 'connect';
    return Operation.begin(caller, {
      library: 'mysql2',
      name,
      kind: 'client',
      attributes: [],
      shared: server,
      startTime,
    });
  }
}

function recordAll(): void {
  const all = [...failures];
  failures.clear();
  for (const [error, attempt] of all) contained(() => attempt.record(error))();
}

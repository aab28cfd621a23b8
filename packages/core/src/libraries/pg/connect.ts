/**
 * `pool.connect()`, `pool.query()` and `client.connect()`.
 *
 * A callback runs in the context of its caller. The pool calls back when another request releases its client, and `pool.query()`
 * sends its query from there: without this it would be a child of that request.
 *
 * A connection that is made has no span. One that fails has: with the name of the statement, if `pool.query()` wanted it.
 */
import { currentContext } from '../../active-context.ts';
import type { AttributeList } from '../../attributes.ts';
import type { Context } from '../../context.ts';
import { countFault } from '../../count-fault.ts';
import { knownTracer } from '../../internal-tracer.ts';
import { callFrom, keepCallSite } from '../call-site.ts';
import { tracedCaller } from '../caller.ts';
import { failQuery } from '../fail-query.ts';
import { Operation } from '../operation.ts';
import { type AnyFunction, runInCaller } from '../run-in-caller.ts';
import { beginQuery, sharedByServer } from '../sql-operation.ts';
import { callWatched, hasPromiseClass } from './captured-promise.ts';
import { clientOf, readServer, rememberClient } from './pg-server.ts';
import type { PgClient, PgPool, Submittable } from './pg-types.ts';
import { statementOf } from './submittable.ts';

/** A connection that is being made, or waited for. */
interface Attempt {
  readonly caller: Context;
  /** A reading of the tracer's monotonic clock. */
  readonly startTime: number | undefined;
  /** The `pool.query()` that wants the connection, if one does. */
  readonly query: PoolQuery | undefined;
  /** The client or pool. */
  readonly owner: object;
}

interface PoolQuery {
  readonly args: readonly unknown[];
  /** The line that called `pool.query()`, if its span is to have it. */
  readonly site: AttributeList | undefined;
}

/** The `pool.query()` that is about to call `connect()`. */
let queryOfPool: PoolQuery | undefined;
/** Whether `pool.query()` is calling `client.query()`. */
let isPoolSending = false;
/** Whether a pool is calling `client.connect()`. It reports a failure to the caller of the pool. */
let isPoolConnecting = false;

/**
 * Whether the call of `client.query()` that is made now comes from `pool.query()`. Its callback is then the pool's, which puts the
 * client back: it needs no context, and a timer of an idle client that starts in one keeps a request in memory.
 */
export function isPoolsQuery(): boolean {
  const isPools = isPoolSending;
  isPoolSending = false; // for one call
  return isPools;
}

/** Returns what replaces `Pool.prototype.query`. */
export function tracedPoolQuery(original: AnyFunction): AnyFunction {
  return function query(this: PgPool, ...args: unknown[]): unknown {
    const caller = currentContext();
    // pg-pool calls it by itself if the connection breaks, in the context in which that was opened.
    const place = typeof args[1] === 'function' ? 1 : 2;
    const callback = args[place];
    if (typeof callback === 'function') args[place] = inCaller(caller, callback as AnyFunction);
    const outer = queryOfPool;
    queryOfPool = { args, site: siteOf(args) };
    try {
      return Reflect.apply(original, this, args);
    } finally {
      queryOfPool = outer;
    }
  };
}

function siteOf(query: readonly unknown[]): AttributeList | undefined {
  try {
    const caller = tracedCaller('pg');
    const mode = caller && knownTracer(caller.span)?.settings.codeAttributes;
    return mode ? keepCallSite(mode, statementOfCall(query).text) : undefined;
  } catch (error) {
    countFault(error);
    return undefined;
  }
}

function inCaller(caller: Context | undefined, callback: AnyFunction): AnyFunction {
  return function callInCaller(this: unknown, ...results: unknown[]): unknown {
    return runInCaller(caller, callback, this, results);
  };
}

/** Returns what replaces `Pool.prototype.connect`. */
export function tracedPoolConnect(original: AnyFunction): AnyFunction {
  return function connect(this: PgPool, ...args: unknown[]): unknown {
    const query = queryOfPool;
    queryOfPool = undefined;
    const attempt = beginAttempt(query, this);
    try {
      return connectWith(original, this, 'Promise', args, attempt, query);
    } finally {
      if (attempt !== undefined) rememberClient(this);
    }
  };
}

/** Returns what replaces `Pool.prototype.newClient`, which calls `client.connect()`. */
export function tracedNewClient(original: AnyFunction): AnyFunction {
  return function newClient(this: PgPool, ...args: unknown[]): unknown {
    const outer = isPoolConnecting;
    isPoolConnecting = true;
    try {
      return Reflect.apply(original, this, args);
    } finally {
      isPoolConnecting = outer;
    }
  };
}

/** Returns what replaces `Client.prototype.connect`. */
export function tracedClientConnect(original: AnyFunction): AnyFunction {
  return function connect(this: PgClient, ...args: unknown[]): unknown {
    if (isPoolConnecting) return Reflect.apply(original, this, args);
    return connectWith(original, this, '_Promise', args, beginAttempt(undefined, this));
  };
}

function beginAttempt(query: PoolQuery | undefined, owner: object): Attempt | undefined {
  try {
    const caller = tracedCaller('pg');
    if (caller === undefined) return undefined;
    const startTime = knownTracer(caller.span)?.clock.monotonicMs();
    return { caller, startTime, query, owner };
  } catch (error) {
    countFault(error);
    return undefined;
  }
}

/** @param property Where `owner` has the class of its promises. */
function connectWith(
  original: AnyFunction,
  owner: object,
  property: string,
  args: unknown[],
  attempt: Attempt | undefined,
  query?: PoolQuery | undefined,
): unknown {
  const callback = args[0];
  if (typeof callback === 'function') {
    const caller = currentContext();
    args[0] = function connected(this: unknown, ...results: unknown[]): unknown {
      if (attempt !== undefined && results[0]) settle(attempt, results[0]);
      if (query === undefined) return runInCaller(caller, callback as AnyFunction, this, results);
      // Another class of promises may continue in the context in which the pool settles them. A failure is reported at once.
      isPoolSending = !results[0] && (owner as PgPool).Promise === Promise;
      try {
        return query.site === undefined
          ? runInCaller(caller, callback as AnyFunction, this, results)
          : callFrom(query.site, runInCaller, caller, callback as AnyFunction, this, results);
      } finally {
        isPoolSending = false;
      }
    };
  } else if (attempt !== undefined && hasPromiseClass(owner, property)) {
    return callWatched(original, owner, args, property, attempt, settle);
  }
  return Reflect.apply(original, owner, args);
}

/** Makes the span of a connection that failed. */
function settle(attempt: Attempt, error: unknown): void {
  if (!error) return;
  try {
    runInCaller(attempt.caller, recordFailure, undefined, [attempt, error]);
  } catch (fault) {
    countFault(fault);
  }
}

function recordFailure({ caller, startTime, query, owner }: Attempt, error: unknown): void {
  const server = readServer(clientOf(owner));
  const shared = sharedByServer(server);
  let operation: Operation | undefined;
  if (query === undefined) {
    const name = server.namespace === undefined ? 'connect' : `connect ${server.namespace}`;
    operation = Operation.begin(caller, { library: 'pg', name, kind: 'client', attributes: [], shared, startTime });
  } else {
    const { text, values } = statementOfCall(query.args);
    operation = beginQuery('pg', 'postgresql', text, shared, values, startTime);
  }
  if (operation !== undefined) failQuery(operation, error);
}

function statementOfCall([config, values]: readonly unknown[]): { readonly text: string; readonly values: unknown } {
  if (typeof config === 'string') return { text: config, values: typeof values === 'object' ? values : undefined };
  const statement = statementOf((config ?? {}) as Submittable); // has the same two properties
  return typeof values === 'object' && values !== null ? { ...statement, values } : statement;
}

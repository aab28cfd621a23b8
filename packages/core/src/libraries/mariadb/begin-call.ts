/** The spans of calls. */
import { countFault } from '../../count-fault.ts';
import { tracedCaller } from '../caller.ts';
import { Operation } from '../operation.ts';
import { beginQuery } from '../sql-operation.ts';
import { readSql } from '../sql-text.ts';
import {
  innerConnectionOf,
  optionOf,
  optionsOfPool,
  serverOf,
  sizeOfBatch,
  textOf,
  valuesOf,
} from './mariadb-facts.ts';
import type { Client, ConnectionOptions } from './mariadb-types.ts';

/** A call that has a span. */
export interface TracedCall {
  readonly operation: Operation;
  /** How its result is formed. */
  readonly isRowsAsArray: boolean;
  readonly isMetaAsArray: boolean;
}

/** Begins the span of a call; `undefined` if it gets none. */
export type BeginCall = (client: Client, args: readonly unknown[]) => TracedCall | undefined;

/** Whether a client is a pool or a connection. */
export type ClientKind = 'pool' | 'connection';

/** Whether a method of ours runs. What it calls of the library before it returns is the same call. */
let isInside = false;

export function runInside<Result>(fn: () => Result): Result {
  const outer = isInside;
  isInside = true;
  try {
    return fn();
  } finally {
    isInside = outer;
  }
}

/** Begins a call, unless it is part of another. Never throws. */
export function beginOnce(begin: BeginCall, client: Client, args: readonly unknown[]): TracedCall | undefined {
  if (isInside || tracedCaller('mariadb') === undefined) return undefined;
  try {
    return begin(client, args);
  } catch (error) {
    countFault(error);
    return undefined;
  }
}

interface Place {
  readonly options: ConnectionOptions | undefined;
  readonly database: unknown;
}

function placeOf(kind: ClientKind, client: Client): Place {
  if (kind === 'pool') {
    const options = optionsOfPool(client);
    return { options, database: options.database };
  }
  const { opts: options, info } = innerConnectionOf(client);
  return { options, database: info?.database ?? options?.database };
}

/** For `query()` and `execute()`. */
export function beginStatement(kind: ClientKind): BeginCall {
  return (client, [statement, values]) => begin(placeOf(kind, client), statement, valuesOf(statement, values));
}

/** For a method with a statement of its own, such as `commit()`. */
export function beginFixed(text: string): BeginCall {
  return (client) => begin(placeOf('connection', client), text, undefined);
}

/** For `execute()` of a prepared statement. */
export function beginPrepared(connection: Client): BeginCall {
  return (prepared, [values]) => begin(placeOf('connection', connection), { sql: textOfPrepared(prepared) }, values);
}

function textOfPrepared(prepared: Client): unknown {
  return (prepared as { readonly query?: unknown }).query;
}

function begin(
  { options, database }: Place,
  statement: unknown,
  values: unknown,
  startTime?: number,
): TracedCall | undefined {
  const operation = beginQuery('mariadb', 'mysql', textOf(statement), serverOf(options, database), values, startTime);
  return (
    operation && {
      operation,
      isRowsAsArray: optionOf('rowsAsArray', statement, options),
      isMetaAsArray: optionOf('metaAsArray', statement, options),
    }
  );
}

/** For a statement that could not be prepared. */
export function beginUnprepared(
  connection: Client,
  statement: unknown,
  startTime: number | undefined,
): TracedCall | undefined {
  return begin(placeOf('connection', connection), statement, undefined, startTime);
}

/** For `batch()`: the values are not recorded. */
export function beginBatch(kind: ClientKind): BeginCall {
  return (client, [statement, values]) => {
    const call = begin(placeOf(kind, client), statement, undefined);
    const text = textOf(statement);
    const size = sizeOfBatch(text, valuesOf(statement, values));
    if (call !== undefined && size !== 1) {
      const name = `BATCH ${readSql(text, 'mysql').summary}`.trimEnd();
      call.operation.updateName(name);
      call.operation.set('db.query.summary', name);
      call.operation.set('db.operation.batch.size', size);
    }
    return call;
  };
}

/** For a call without a statement that is known: `importFile()`, and a connection that a pool could not provide. */
export function beginNamed(name: string, kind: ClientKind, startTime?: number): BeginCall {
  return (client) => {
    const { options, database } = placeOf(kind, client);
    const shared = serverOf(options, database);
    const caller = tracedCaller('mariadb');
    const operation =
      caller &&
      Operation.begin(caller, {
        library: 'mariadb',
        name: typeof database === 'string' && database !== '' ? `${name} ${database}` : name,
        kind: 'client',
        attributes: [],
        shared,
        startTime,
      });
    return operation && { operation, isRowsAsArray: false, isMetaAsArray: false };
  };
}

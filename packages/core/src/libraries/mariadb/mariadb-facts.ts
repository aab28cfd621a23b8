/** Facts of a call of mariadb. */
import type { EventEmitter } from 'node:events';
import { readProperty } from '../../read-property.ts';
import type { SharedAttributes } from '../../shared-attributes.ts';
import { errorNumber, serversOf } from '../mysql-results.ts';
import type { Operation } from '../operation.ts';
import type { Client, ConnectionOptions, InnerConnection, InnerPool } from './mariadb-types.ts';

const attributesOf = serversOf('mariadb');

const optionsOfPools = new WeakMap<Client, ConnectionOptions>();
const innerConnections = new WeakMap<Client, InnerConnection>();

/** Set while a pool is asked for the pool behind it. */
let seenPool: InnerPool | undefined;

/** Returns what replaces `taskQueueSize` of the pool behind the pool, which the pool calls. */
export function seePool(original: (this: InnerPool) => unknown): (this: InnerPool) => unknown {
  return function taskQueueSize(this: InnerPool): unknown {
    seenPool = this;
    return Reflect.apply(original, this, []);
  };
}

/** The options of a pool's connections. The pool itself has them in a private field. */
export function optionsOfPool(pool: Client): ConnectionOptions {
  let options = optionsOfPools.get(pool);
  if (options === undefined) {
    seenPool = undefined;
    (pool as { taskQueueSize(): unknown }).taskQueueSize();
    options = (seenPool as InnerPool | undefined)?.opts?.connOptions ?? {};
    seenPool = undefined;
    optionsOfPools.set(pool, options);
  }
  return options;
}

/** The connection behind a connection: its listeners run with that as `this`. */
export function innerConnectionOf(connection: Client): InnerConnection {
  let inner = innerConnections.get(connection);
  if (inner === undefined) {
    const { once, on, removeListener } = connection as Pick<EventEmitter, 'once' | 'on' | 'removeListener'>;
    let seen: InnerConnection | undefined;
    const see = function see(this: InnerConnection): void {
      seen = this;
    };
    Reflect.apply(once, connection, ['newListener', see]);
    Reflect.apply(on, connection, ['waymark', ignore]);
    Reflect.apply(removeListener, connection, ['waymark', ignore]);
    inner = seen ?? {};
    innerConnections.set(connection, inner);
  }
  return inner;
}

function ignore(): void {}

/** @param database The current one, if the connection knows it. */
export function serverOf(options: ConnectionOptions | undefined, database: unknown): SharedAttributes {
  const { host, port, socketPath } = options ?? {};
  return socketPath ? attributesOf(database, socketPath, undefined) : attributesOf(database, host, port);
}

/** The text of a statement: the first argument of `query()`, `execute()` and `batch()`. */
export function textOf(statement: unknown): string {
  const text = typeof statement === 'string' ? statement : readProperty(statement, 'sql');
  return typeof text === 'string' ? text : '';
}

/** The values of a statement: those in an object with the statement come first. */
export function valuesOf(statement: unknown, values: unknown): unknown {
  const own = typeof statement === 'object' ? readProperty(statement, 'values') : undefined;
  return own || (typeof values === 'function' ? undefined : values);
}

/** An option of a statement, or of its connection. */
export function optionOf(
  key: 'rowsAsArray' | 'metaAsArray',
  statement: unknown,
  options: ConnectionOptions | undefined,
): boolean {
  const own = typeof statement === 'object' ? readProperty(statement, key) : undefined;
  return (own ?? options?.[key]) === true;
}

/** Ends the span of a call that failed. */
export function failCall(operation: Operation, error: unknown): void {
  // The message has the statement in it, with the values.
  const message = readProperty(error, 'sqlMessage');
  const shown = typeof message === 'string' ? { name: readProperty(error, 'name'), message } : error;
  operation.fail(shown, errorNumber(error));
}

/** How many sets of values a batch has. */
export function sizeOfBatch(text: string, values: unknown): number {
  if (!Array.isArray(values)) return 1;
  const first: unknown = values[0];
  const isOfSets = Array.isArray(first) || (typeof first === 'object' && first !== null && !isValue(first));
  if (values.length === 0 || isOfSets) return values.length;
  // A list of values: one for each time if the statement takes one, otherwise all for one time.
  return text.indexOf('?') === text.lastIndexOf('?') ? values.length : 1;
}

/** Whether an object is one value, not several by name. */
function isValue(value: object): boolean {
  return value instanceof Date || value instanceof Uint8Array;
}

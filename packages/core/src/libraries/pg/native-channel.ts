/**
 * pg's own channel, `pg:query`, which is proposed. A pg that publishes it makes its spans by it, and our wrapping of its methods has
 * none from the first message on. The callbacks stay bound: the channel does not restore the caller's context in all of them.
 *
 * @see https://github.com/brianc/node-postgres/pull/3650
 */
import { subscribeChannel } from '../channel-subscriber.ts';
import { failQuery } from '../fail-query.ts';
import type { Operation } from '../operation.ts';
import { beginQuery, sharedByServer } from '../sql-operation.ts';
import { endQuery } from './query-result.ts';

/** One copy of pg: a class `Client`. */
export interface Driver {
  /** Whether it publishes the channel. */
  publishes: boolean;
  /** What `running` is while one of its queries is being started, with and without a span of ours. */
  readonly withSpan: RunningCall;
  readonly withoutSpan: RunningCall;
}

interface RunningCall {
  readonly driver: Driver;
  readonly hasSpan: boolean;
}

/** The call that a message belongs to: pg publishes `start` before `query()` returns. */
let running: RunningCall | undefined;

export function createDriver(): Driver {
  const driver: Driver = {
    publishes: false,
    get withSpan() {
      return withSpan;
    },
    get withoutSpan() {
      return withoutSpan;
    },
  };
  const withSpan: RunningCall = { driver, hasSpan: true };
  const withoutSpan: RunningCall = { driver, hasSpan: false };
  return driver;
}

/** Notes that a driver starts a query now. Pass what it returns to `leaveDriver()`. */
export function enterDriver(driver: Driver, operation: Operation | undefined): RunningCall | undefined {
  const outer = running;
  running = operation === undefined ? driver.withoutSpan : driver.withSpan;
  return outer;
}

export function leaveDriver(outer: RunningCall | undefined): void {
  running = outer;
}

/** A message of the proposal. */
interface QueryMessage {
  readonly query?: { readonly text?: unknown };
  readonly client?: { readonly database?: unknown; readonly host?: unknown; readonly port?: unknown };
  readonly result?: { readonly rowCount?: unknown; readonly command?: unknown };
}

/** Makes the spans of a pg that publishes. Without one it has no effect. */
export function subscribeToPg(): void {
  subscribeChannel<QueryMessage>('pg:query', {
    start(message) {
      if (running !== undefined) {
        running.driver.publishes = true;
        if (running.hasSpan) return undefined; // the first message: this call has a span of ours
      }
      const { query, client } = message;
      const text = typeof query?.text === 'string' ? query.text : '';
      const operation = beginQuery('pg', 'postgresql', text, serverOf(client));
      // A class that publishes around its call of pg's method: the span of that method would show the same query again.
      if (running === undefined) operation?.coverNested();
      return operation;
    },
    succeed(operation, { result }) {
      const { rowCount, command } = result ?? {};
      if (command === 'SELECT' && typeof rowCount === 'number') operation.set('db.response.returned_rows', rowCount);
      else endQuery(operation, result);
    },
    fail: failQuery,
    nests: true,
  });
}

function serverOf({ database, host, port }: NonNullable<QueryMessage['client']> = {}) {
  return sharedByServer({
    system: 'postgresql',
    namespace: typeof database === 'string' ? database : undefined,
    address: typeof host === 'string' ? host : undefined,
    port: typeof port === 'number' ? port : undefined,
  });
}

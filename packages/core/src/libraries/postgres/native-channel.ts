/**
 * A channel of postgres.js, `postgres:query`, which is proposed. From its first message on it makes the spans, and our wrapping none.
 *
 * @see https://github.com/porsager/postgres/issues/1171
 */
import { subscribeChannel } from '../channel-subscriber.ts';
import { failQuery } from '../fail-query.ts';
import { beginQuery, sharedByServer } from '../sql-operation.ts';
import { endQuery } from './query-end.ts';

/** The queries with a span of ours that have not ended. */
let running = 0;
/** Whether a message has been published. */
let publishes = false;
/** The messages of queries that have a span of ours. */
let skipped = 0;

/** Whether the channel makes the spans. */
export function isPublishing(): boolean {
  return publishes;
}

export function noteBegin(): void {
  running++;
}

export function noteEnd(): void {
  running--;
}

interface QueryMessage {
  readonly query?: unknown;
  readonly database?: unknown;
  readonly host?: unknown;
  readonly port?: unknown;
  readonly result?: unknown;
}

/** Makes the spans of a postgres.js that publishes. Without one it has no effect. */
export function subscribeToPostgres(): void {
  subscribeChannel<QueryMessage>('postgres:query', {
    start({ query, database, host, port }) {
      if (!publishes) {
        publishes = true;
        skipped = running; // each of them publishes once, this one included
      }
      if (skipped > 0) {
        skipped--;
        return undefined;
      }
      const server = sharedByServer({
        system: 'postgresql',
        namespace: typeof database === 'string' ? database : undefined,
        address: typeof host === 'string' ? host : undefined,
        port: typeof port === 'number' ? port : undefined,
      });
      return beginQuery('postgres', 'postgresql', typeof query === 'string' ? query : '', server);
    },
    succeed(operation, { result }) {
      endQuery(operation, result, undefined);
    },
    fail: failQuery,
    nests: false,
  });
}

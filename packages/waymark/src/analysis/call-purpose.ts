/**
 * The purpose of a call. Only some calls can be replaced by one call: a message is sent for each receiver, a
 * transaction begins for each unit of work, and the next page can only be requested once the last one has arrived.
 */
import type { Span, Value } from '../model/span.ts';
import { isKeyValueStore, queryText, systemOf, urlOf } from './call-signature.ts';
import { countValues, takesArray } from './query-text.ts';
import { asksForSomePage, countListed } from './read-page.ts';

/** What a call is for. Only a `call` may be one too many. */
export type CallPurpose =
  /** Not a call: a step of the service itself. */
  | 'none'
  /** Reads or writes something. */
  | 'call'
  /** A request that a server received. */
  | 'served'
  /** Sends, receives, handles or settles messages. */
  | 'message'
  /** `BEGIN`, `COMMIT`, `SET` and the like. */
  | 'transaction'
  /** Opens a connection, takes one from a pool, or checks that it is alive. */
  | 'connection'
  /** The next part of a list that is read from the beginning. */
  | 'page'
  /** Reads or writes many things already. */
  | 'batch'
  /**
   * Has no form for many things: a file is sent alone, and each turn of a conversation needs the answer to the last
   * one.
   */
  | 'single';

/**
 * @param pattern The result of `callPattern()`.
 * @param isPageKnown Whether the call itself says which page it requests. The page is then compared with those of the
 *   other calls.
 */
export function callPurpose(span: Span, pattern: string, isPageKnown: boolean): CallPurpose {
  const { kind, attributes } = span;
  if (kind === 'server') return 'served';
  // Each handler of a message is a separate unit: the next message may not have arrived yet.
  if (kind === 'producer' || kind === 'consumer') return 'message';
  const isDatabase = pattern !== '' && (queryText(attributes) !== undefined || systemOf(attributes) !== '');
  // SQLite has no server, so its spans may be internal.
  if (kind !== 'client' && !isDatabase) return 'none';
  for (const key of ['messaging.system', 'messaging.operation.type', 'messaging.operation']) {
    if (attributes[key] !== undefined) return 'message';
  }
  if (attributes['rpc.system'] === 'aws-api' || attributes['rpc.system.name'] === 'aws-api') return awsPurpose(pattern);
  const system = systemOf(attributes);
  if (system === '' && !isDatabase) return otherPurpose(span, pattern);
  return databasePurpose(span, system, pattern, isPageKnown);
}

function otherPurpose({ name, attributes }: Span, pattern: string): CallPurpose {
  if (pattern === '' && name === '') return 'none'; // a call of unknown purpose
  const turn = attributes['gen_ai.operation.name'];
  if (typeof turn === 'string' && turn !== 'embeddings') return 'single';
  const url = urlOf(attributes);
  if (url !== undefined && url.length > fewestOfBatch && countListed(url) >= fewestOfBatch) return 'batch';
  return pattern === '' && /^(?:tcp|tls|dns)[. -]|\bconnect\b/i.test(name) ? 'connection' : 'call';
}

function awsPurpose(pattern: string): CallPurpose {
  if (/^(?:SQS|SNS|EventBridge|Kinesis|Firehose)\//i.test(pattern)) return 'message';
  const operation = pattern.slice(pattern.indexOf('/') + 1);
  if (/^Batch/.test(operation)) return 'batch';
  if (/^(?:Amazon )?S3\/(?:(?:Put|Get|Head|Copy)Object|UploadPart|UploadPartCopy)$/.test(pattern)) return 'single';
  return /^(?:List|Scan|Describe)/.test(operation) ? 'page' : 'call';
}

// Statements about the session, in PostgreSQL, MySQL, SQLite and SQL Server.
const transactionVerbs = new Set(
  'BEGIN START COMMIT ROLLBACK END ABORT SAVEPOINT RELEASE SET RESET SHOW USE DISCARD DEALLOCATE UNLISTEN LISTEN PRAGMA LOCK ATTACH DETACH COMMITTRANSACTION ABORTTRANSACTION ENDSESSIONS'.split(
    ' ',
  ),
);
const pageVerbs = new Set(
  'FETCH MOVE CLOSE DECLARE GETMORE KILLCURSORS SCROLL CLEAR_SCROLL SCAN HSCAN SSCAN ZSCAN'.split(' '),
);
const messageVerbs = new Set(
  'NOTIFY PUBLISH SPUBLISH SUBSCRIBE PSUBSCRIBE UNSUBSCRIBE XADD XREAD XREADGROUP XACK XAUTOCLAIM BLPOP BRPOP BLMOVE BRPOPLPUSH BZPOPMIN BZPOPMAX'.split(
    ' ',
  ),
);
const connectionVerbs = new Set(
  'HELLO CLIENT AUTH PING INFO READONLY READWRITE CLUSTER QUIT ECHO ISMASTER BUILDINFO SASLSTART SASLCONTINUE CONNECT'.split(
    ' ',
  ),
);
// Settings and locks of PostgreSQL and MySQL.
const sessionFunction =
  /^SELECT (?:pg_catalog\.)?(?:set_config|pg_(?:try_)?advisory_(?:xact_)?(?:un)?lock\w*|get_lock|release_lock)\b/i;
const keyValueTransactionVerbs = new Set('MULTI EXEC DISCARD WATCH UNWATCH'.split(' '));
const batchVerbs = new Set('BATCH PIPELINE BULK BULKWRITE INSERTMANY MGET MSET'.split(' '));

/** Chunks have at least this many items. The list of an ordinary query seldom does. */
const fewestOfBatch = 20;
const fewestOfDeclaredBatch = 10;

function databasePurpose(
  { name, attributes }: Span,
  system: string,
  pattern: string,
  isPageKnown: boolean,
): CallPurpose {
  // If the query is not recorded, the name starts with the verb: `BEGIN`, `pg.query:BEGIN shop`.
  const verb = (/[a-z_]+/i.exec(pattern === '' ? name.replace(/^[\w.-]*:/, '') : pattern)?.[0] ?? '').toUpperCase();
  if (pattern === '' && /connect|checkout|acquire|\bpool\b/i.test(name)) return 'connection';
  if (messageVerbs.has(verb) || /^SELECT (?:pg_catalog\.)?pg_notify\b/i.test(pattern)) return 'message';
  if (pageVerbs.has(verb)) return 'page';
  if (connectionVerbs.has(verb) || /^SELECT \??$/i.test(pattern)) return 'connection';
  if (isKeyValueStore(system)) {
    if (keyValueTransactionVerbs.has(verb)) return 'transaction';
    if (verb === 'SELECT') return 'connection';
  } else if (transactionVerbs.has(verb) || sessionFunction.test(pattern)) return 'transaction';
  const size = numberOf(attributes['db.operation.batch.size']);
  if (size !== undefined) return size >= fewestOfDeclaredBatch ? 'batch' : 'call';
  const operation = attributes['db.operation.name'] ?? attributes['db.operation'];
  if (typeof operation === 'string' && batchVerbs.has(operation.split(' ', 1)[0]?.toUpperCase() ?? '')) return 'batch';
  if (batchVerbs.has(verb)) return 'batch';
  const text = queryText(attributes);
  if (text !== undefined && !isKeyValueStore(system)) {
    if (!isPageKnown && asksForSomePage(text, pattern)) return 'page';
    if (takesArray(text, pattern)) return 'batch';
    if (text.length > fewestOfBatch && countValues(text, system) >= fewestOfBatch) return 'batch';
  }
  return 'call';
}

function numberOf(value: Value | undefined): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'object' && value !== null && 'intValue' in value) return Number(value.intValue);
  return undefined;
}

/**
 * What a span says of a Redis command: its name, its text with keys and without values, how many items its reply has.
 *
 * The text is that of `redis-cli`: keys, fields and subcommands stay, everything else is `?`. A command that the table does not have
 * gets no text, so an argument that may be a secret (AUTH, HELLO, MIGRATE, EVAL, a module's commands) is never recorded.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/database/redis/
 */
import { createHash } from 'node:crypto';
import type { AttributeValue } from '../attribute-value.ts';
import type { AttributeList } from '../attributes.ts';
import { exceptionTypeOf } from '../exception.ts';
import { readProperty } from '../read-property.ts';

/**
 * Which arguments are shown. `k`: the first is a key. `kk`: the first two. `K`: all. `K-`: all but the last. `kv`: keys and values in turn.
 * `kf`: a key, then fields. `kfv`: a key, then fields and values in turn. `s`: a subcommand. `sk`: a subcommand, then a key. `n`: a number,
 * then as many keys. `?n`: the same, one argument later. `streams`: after the word STREAMS, keys are the first half. `?`: none.
 */
type Form = 'k' | 'kk' | 'K' | 'K-' | 'kv' | 'kf' | 'kfv' | 's' | 'sk' | 'n' | '?n' | 'streams' | '?';

const forms: Readonly<Record<Form, string>> = {
  k:
    'APPEND BITCOUNT BITFIELD BITFIELD_RO BITPOS DECR DECRBY DUMP EXPIRE EXPIREAT EXPIRETIME GEOADD GEODIST GEOHASH GEOPOS GEORADIUS ' +
    'GEORADIUS_RO GEORADIUSBYMEMBER GEORADIUSBYMEMBER_RO GEOSEARCH GET GETBIT GETDEL GETEX GETRANGE GETSET HEXPIRE HEXPIREAT ' +
    'HEXPIRETIME HGETALL HGETDEL HGETEX HKEYS HLEN HPERSIST HPEXPIRE HPEXPIREAT HPEXPIRETIME HPTTL HRANDFIELD HSCAN HSETEX HTTL HVALS INCR INCRBY ' +
    'INCRBYFLOAT KEYS LINDEX LINSERT LLEN LPOP LPOS LPUSH LPUSHX LRANGE LREM LSET LTRIM MOVE PERSIST PEXPIRE PEXPIREAT ' +
    'PEXPIRETIME PFADD PSETEX PTTL PUBLISH RESTORE RPOP RPUSH RPUSHX SADD SCARD SET SETBIT SETEX SETNX SETRANGE SISMEMBER ' +
    'SMEMBERS SMISMEMBER SORT SORT_RO SPOP SPUBLISH SRANDMEMBER SREM SSCAN STRLEN SUBSTR TTL TYPE XACK XADD XAUTOCLAIM XCLAIM ' +
    'XDEL XLEN XPENDING XRANGE XREVRANGE XSETID XTRIM ZADD ZCARD ZCOUNT ZINCRBY ZINTERSTORE ZLEXCOUNT ZMSCORE ZPOPMAX ZPOPMIN ' +
    'ZDIFFSTORE ZRANDMEMBER ZRANGE ZRANGEBYLEX ZRANGEBYSCORE ZRANK ZREM ZREMRANGEBYLEX ZREMRANGEBYRANK ZREMRANGEBYSCORE ZREVRANGE ' +
    'ZREVRANGEBYLEX ZREVRANGEBYSCORE ZREVRANK ZSCAN ZSCORE ZUNIONSTORE',
  kk: 'BLMOVE BRPOPLPUSH COPY GEOSEARCHSTORE LCS LMOVE RENAME RENAMENX RPOPLPUSH SMOVE ZRANGESTORE',
  K:
    'DEL EXISTS MGET PFCOUNT PFMERGE PSUBSCRIBE PUNSUBSCRIBE SDIFF SDIFFSTORE SINTER SINTERSTORE SSUBSCRIBE SUBSCRIBE SUNION SUNIONSTORE ' +
    'SUNSUBSCRIBE TOUCH UNLINK UNSUBSCRIBE WATCH',
  'K-': 'BLPOP BRPOP BZPOPMAX BZPOPMIN',
  kv: 'MSET MSETNX',
  kf: 'HDEL HEXISTS HGET HMGET HSTRLEN',
  kfv: 'HINCRBY HINCRBYFLOAT HMSET HSET HSETNX',
  s: 'CLIENT CLUSTER COMMAND CONFIG FUNCTION LATENCY MODULE PUBSUB SCRIPT SLOWLOG',
  sk: 'MEMORY OBJECT XGROUP XINFO',
  n: 'LMPOP SINTERCARD ZDIFF ZINTER ZINTERCARD ZMPOP ZUNION',
  '?n': 'BLMPOP BZMPOP',
  streams: 'XREAD XREADGROUP',
  '?': 'DBSIZE ECHO FLUSHALL FLUSHDB INFO LASTSAVE PING SCAN SELECT SWAPDB TIME WAIT WAITAOF',
};

/** Commands whose reply is a list of items. Of a hash the reply may be a list of fields and values, of a scan it has a cursor. */
const listing = new Set(
  (
    'GEORADIUS GEORADIUS_RO GEORADIUSBYMEMBER GEORADIUSBYMEMBER_RO GEOSEARCH HKEYS HMGET HVALS KEYS LRANGE MGET SDIFF SINTER SMEMBERS ' +
    'SORT SORT_RO SUNION XRANGE XREVRANGE ZDIFF ZINTER ZRANGE ZRANGEBYLEX ZRANGEBYSCORE ZREVRANGE ZREVRANGEBYLEX ZREVRANGEBYSCORE ZUNION'
  ).split(' '),
);
const scanning = new Set(['SCAN', 'SSCAN']);
const runningScripts = new Set(['EVAL', 'EVAL_RO', 'EVALSHA', 'EVALSHA_RO', 'FCALL', 'FCALL_RO']);

/** A command by its name. */
export interface RedisCommand {
  /** In upper case, as `db.operation.name` has it. */
  readonly name: string;
  readonly form: Form | undefined;
  readonly lists: 'items' | 'fields' | 'scan' | undefined;
  readonly runsScript: boolean;
}

const known = new Map<string, RedisCommand>();
// Applications use a hundred names at most; one that makes names up must not fill the memory.
const longestTable = 1000;
const longestName = 60;

/** The command of this name, in whatever case. */
export function redisCommand(name: unknown): RedisCommand {
  const given = typeof name === 'string' ? name : String(name);
  return known.get(given) ?? learn(given);
}

function learn(given: string): RedisCommand {
  const name = given.slice(0, longestName).toUpperCase();
  const form = (Object.keys(forms) as Form[]).find((one) => ` ${forms[one]} `.includes(` ${name} `));
  const lists = listing.has(name) ? 'items' : name === 'HGETALL' ? 'fields' : scanning.has(name) ? 'scan' : undefined;
  const command: RedisCommand = { name, form, lists, runsScript: runningScripts.has(name) };
  if (known.size < longestTable && given.length <= longestName) known.set(given, command);
  return command;
}

// A pipeline may have thousands of commands, and MGET as many keys: the beginning says what it does.
const longestText = 1000;

/**
 * The command as `redis-cli` would take it, with `?` for each value.
 *
 * @param from The place of the first argument, in a list that begins with the name: 1.
 * @returns `undefined` for a command whose arguments are not known.
 */
export function commandText(command: RedisCommand, args: readonly unknown[], from = 0): string | undefined {
  const { name, form } = command;
  if (form === undefined) return undefined;
  const last = args.length - 1;
  let [first, end] = [from, from]; // of the keys
  if (form === 'n' || form === '?n') {
    first = from + form.length;
    end = first + Number(args[first - 1]);
  } else if (form === 'streams') {
    first = args.findIndex((arg, at) => at >= from && typeof arg === 'string' && arg.toUpperCase() === 'STREAMS') + 1;
    end = first === 0 ? 0 : first + (args.length - first) / 2;
  }
  let text = name;
  for (let at = from; at <= last; at++) {
    if (text.length > longestText) return `${text.slice(0, longestText)}…`;
    text += isShown(form, at - from, at, last, first, end) ? ` ${shown(args[at])}` : ' ?';
  }
  return text;
}

function isShown(form: Form, place: number, at: number, last: number, first: number, end: number): boolean {
  switch (form) {
    case 'k':
      return place === 0;
    case 'kk':
      return place < 2;
    case 'K':
    case 'kf':
      return true;
    case 'K-':
      return at < last;
    case 'kv':
      return place % 2 === 0;
    case 'kfv':
      return place === 0 || place % 2 === 1;
    case 's':
      return place === 0;
    case 'sk':
      return place < 2;
    case '?':
      return false;
    default:
      return at >= first && at < end;
  }
}

// A key is rarely longer than this; a document in the place of a key must not be recorded as a whole.
const longestKey = 200;
const plainWord = /^[^\s"'\p{Cc}]+$/u;

function shown(key: unknown): string {
  const text = typeof key === 'string' || typeof key === 'number' || Buffer.isBuffer(key) ? String(key) : '?';
  const cut = text.length > longestKey ? `${text.slice(0, longestKey)}…` : text;
  return plainWord.test(cut) ? cut : JSON.stringify(cut);
}

/** The attributes of one command, without those of its server. */
export function commandAttributes(
  command: RedisCommand,
  args: readonly unknown[],
  from: number,
  withText: boolean,
): AttributeList {
  const list: AttributeList = ['db.operation.name', command.name];
  if (command.runsScript) {
    const procedure = procedureName(command.name, args[from]);
    if (procedure !== undefined) list.push('db.stored_procedure.name', procedure);
  } else if (withText) {
    const text = commandText(command, args, from);
    if (text !== undefined) list.push('db.query.text', text);
  }
  return list;
}

const hashes = new Map<string, string>();
const longestHashTable = 100;
const longestScript = 65_536;

/** The name of a function, or the SHA-1 of a script: Redis itself identifies scripts by that. */
function procedureName(name: string, script: unknown): string | undefined {
  if (typeof script !== 'string') return undefined;
  if (!name.startsWith('EVAL')) return script.slice(0, longestKey);
  if (name.startsWith('EVALSHA')) return script.slice(0, 40);
  if (script.length > longestScript) return undefined;
  const before = hashes.get(script);
  if (before !== undefined) return before;
  const hash = createHash('sha1').update(script).digest('hex');
  if (hashes.size >= longestHashTable) hashes.clear();
  hashes.set(script, hash);
  return hash;
}

/** How many items the reply lists, or `undefined` if it is no list. */
export function returnedRows({ lists }: RedisCommand, reply: unknown): number | undefined {
  if (lists === undefined || typeof reply !== 'object' || reply === null) return undefined;
  switch (lists) {
    case 'items':
      return countItems(reply);
    case 'fields':
      if (Array.isArray(reply)) return reply.length / 2;
      return reply instanceof Map ? reply.size : Object.keys(reply).length;
    case 'scan':
      return Array.isArray(reply) ? countItems(reply[1]) : undefined;
  }
}

function countItems(reply: unknown): number | undefined {
  if (reply instanceof Set) return reply.size;
  if (!Array.isArray(reply)) return undefined;
  let count = 0;
  for (const item of reply) if (item !== null) count++;
  return count;
}

const errorPrefix = /^[A-Z][A-Z0-9_]+(?= |$)/;

/** Redis's code of an error, such as `WRONGTYPE`: the first word of its message. `undefined` for an error that is not Redis's reply. */
export function errorCode(error: unknown): string | undefined {
  const message = readProperty(error, 'message');
  return typeof message === 'string' ? errorPrefix.exec(message)?.[0] : undefined;
}

/** Classes of errors that the server replied: ioredis and redis 4, redis 5 and 6. */
const replyErrors = new Set(['ReplyError', 'ErrorReply', 'SimpleError', 'BlobError']);

/** What a span says of an error. The message of a script's own error may have its arguments in it, so the code alone is kept. */
export function recordedError(error: unknown, runsScript: boolean): unknown {
  const name = runsScript ? exceptionTypeOf(error) : undefined;
  return name !== undefined && replyErrors.has(name) ? { name, message: '' } : error;
}

/** The name of several commands that are sent together, such as `PIPELINE GET`; `MULTI` if they are of several kinds. */
export function batchName(kind: 'PIPELINE' | 'MULTI', commands: readonly RedisCommand[]): string {
  const first = commands[0]?.name;
  return first !== undefined && commands.every(({ name }) => name === first) ? `${kind} ${first}` : kind;
}

/** The attributes of a batch. A single command is not a batch, by the conventions, so it has no size. */
export function batchAttributes(name: string, texts: readonly string[], size: number): AttributeList {
  const list: (string | AttributeValue)[] = ['db.operation.name', name];
  if (size !== 1) list.push('db.operation.batch.size', size);
  if (texts.length > 0) list.push('db.query.text', texts.join('\n'));
  return list;
}

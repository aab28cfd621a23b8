/**
 * The spans of `redis` (node-redis, `@redis/client`): one for each command, one for a pipeline, one for a transaction.
 *
 * - 5.12 and later publish the channels `node-redis:command` and `node-redis:batch`, in the context of the caller.
 * - 5.0 to 5.11: the methods of the client that send are wrapped.
 * - 4: each client has a class of its own, whose methods send by private ones, so the queue is wrapped. It does not know its server.
 *
 * A pool of clients whose clients are all in use runs a call later, in the context of the call that returns one: in each version with
 * pools, `execute()` of the pool is bound to its caller.
 */
import { bind } from '../active-context.ts';
import type { AttributeList } from '../attributes.ts';
import type { Context } from '../context.ts';
import { contained, countFault } from '../count-fault.ts';
import type { TracedBy } from '../found-libraries.ts';
import { readProperty } from '../read-property.ts';
import { SharedAttributes } from '../shared-attributes.ts';
import { optionsOf, tracedCaller } from './caller.ts';
import { subscribeChannel } from './channel-subscriber.ts';
import { Operation } from './operation.ts';
import {
  batchAttributes,
  batchName,
  commandAttributes,
  commandText,
  errorCode,
  type RedisCommand,
  recordedError,
  redisCommand,
  returnedRows,
} from './redis-command.ts';
import { runOutside } from './run-outside.ts';
import type { Trace } from './trace.ts';
import { traceGiven } from './trace-given.ts';
import { isWrappedByOthers, type WrapOutcome, wrapOnce } from './wrap-once.ts';

/** Where a command goes. */
interface Server {
  readonly database: number | undefined;
  readonly address: string | undefined;
  readonly port: number | undefined;
}

const sharedByServer = new Map<string, SharedAttributes>();
const mostServers = 1000;

function sharedOf({ database, address, port }: Server): SharedAttributes {
  const key = `${address} ${port} ${database}`;
  const before = sharedByServer.get(key);
  if (before !== undefined) return before;
  const list: AttributeList = ['db.system.name', 'redis'];
  if (database !== undefined) list.push('db.namespace', String(database));
  if (address !== undefined) list.push('server.address', address);
  if (address !== undefined && port !== undefined) list.push('server.port', port);
  const shared = new SharedAttributes(list);
  if (sharedByServer.size >= mostServers) sharedByServer.clear();
  sharedByServer.set(key, shared);
  return shared;
}

/** @param args They begin with the name of the command. */
function beginCommand(args: readonly unknown[], server: Server): Operation | undefined {
  const caller = tracedCaller('redis');
  if (caller === undefined) return undefined;
  const command = redisCommand(args[0]);
  if (isHousekeeping(command, args)) return undefined;
  return Operation.begin(caller, {
    library: 'redis',
    name: command.name,
    kind: 'client',
    attributes: commandAttributes(command, args, 1, recordsText(caller)),
    shared: sharedOf(server),
  });
}

function recordsText(caller: Context): boolean {
  return optionsOf('redis', caller)?.queryText === true;
}

/** Whether a cluster or sentinel sends the command by itself. */
function isHousekeeping({ name }: RedisCommand, args: readonly unknown[]): boolean {
  if (name === 'ASKING' || name === 'SENTINEL') return true;
  return name === 'CLUSTER' && String(args[1]).toUpperCase() === 'SLOTS';
}

const longestBatchText = 1000;

/** A pipeline or transaction that has a span. */
class Batch {
  readonly operation: Operation;
  private readonly kind: 'PIPELINE' | 'MULTI';
  private readonly commands: RedisCommand[] = [];
  private readonly texts: string[] = [];
  private roomForText: number;

  static begin(kind: Batch['kind'], size: number, server: Server): Batch | undefined {
    const caller = tracedCaller('redis');
    if (caller === undefined) return undefined;
    const attributes = batchAttributes(kind, [], size);
    const operation = Operation.begin(caller, {
      library: 'redis',
      name: kind,
      kind: 'client',
      attributes,
      shared: sharedOf(server),
    });
    return operation && new Batch(operation, kind, recordsText(caller));
  }

  private constructor(operation: Operation, kind: Batch['kind'], withText: boolean) {
    this.operation = operation;
    this.kind = kind;
    this.roomForText = withText ? longestBatchText : 0;
  }

  /** @param args They begin with the name of the command. */
  add(args: readonly unknown[]): void {
    const command = redisCommand(args[0]);
    this.commands.push(command);
    if (this.roomForText <= 0) return;
    const text = commandText(command, args, 1) ?? command.name;
    this.roomForText -= text.length;
    this.texts.push(this.roomForText > 0 || this.texts.length === 0 ? text : '…');
  }

  private describe(): void {
    const name = batchName(this.kind, this.commands);
    this.operation.updateName(name);
    this.operation.set('db.operation.name', name);
    if (this.texts.length > 0) this.operation.set('db.query.text', this.texts.join('\n'));
  }

  /** @param replies Those of the commands. A transaction succeeds although commands in it fail. */
  end(replies: unknown): void {
    this.describe();
    const error = Array.isArray(replies) ? replies.find((reply) => reply instanceof Error) : undefined;
    if (error === undefined) this.operation.end();
    else this.failBy(error);
  }

  fail(error: unknown): void {
    this.describe();
    this.failBy(error);
  }

  private failBy(error: unknown): void {
    // The library does not publish the commands of a transaction: there may be a script among them.
    const runsScript = this.commands.length === 0 || this.commands.some((command) => command.runsScript);
    this.operation.fail(recordedError(error, runsScript), errorCode(error));
  }
}

function failCommand(operation: Operation, error: unknown, name: unknown): void {
  operation.fail(recordedError(error, redisCommand(name).runsScript), errorCode(error));
}

interface ServerMessage {
  readonly database?: number;
  readonly serverAddress?: string;
  readonly serverPort?: number;
}

interface CommandMessage extends ServerMessage {
  readonly command: string;
  /** The name, and arguments of which the library has replaced some. */
  readonly args: readonly string[];
  readonly batchMode?: string;
  readonly result?: unknown;
}

interface BatchMessage extends ServerMessage {
  readonly batchMode: 'PIPELINE' | 'MULTI';
  readonly batchSize: number;
  readonly result?: unknown;
}

function serverOfMessage({ database, serverAddress, serverPort }: ServerMessage): Server {
  return { database, address: serverAddress, port: serverPort };
}

/** The batch that has been published last: its commands follow at once. */
let openBatch: Batch | undefined;
const batches = new WeakMap<Operation, Batch>();

function takeBatch(operation: Operation): Batch | undefined {
  const batch = batches.get(operation);
  if (batch === openBatch) openBatch = undefined; // it would keep its caller in memory
  return batch;
}

function subscribe(): void {
  subscribeChannel<CommandMessage>('node-redis:command', {
    nests: false,
    start(message) {
      if (message.batchMode === undefined) return beginCommand(message.args, serverOfMessage(message));
      openBatch?.add(message.args);
      return undefined;
    },
    succeed(operation, { command, result }) {
      const rows = returnedRows(redisCommand(command), result);
      if (rows !== undefined) operation.set('db.response.returned_rows', rows);
    },
    fail: (operation, error, { command }) => failCommand(operation, error, command),
  });
  subscribeChannel<BatchMessage>('node-redis:batch', {
    nests: false,
    start(message) {
      openBatch = Batch.begin(message.batchMode, message.batchSize, serverOfMessage(message));
      if (openBatch === undefined) return undefined;
      batches.set(openBatch.operation, openBatch);
      return openBatch.operation;
    },
    succeed(operation, { result }) {
      takeBatch(operation)?.end(result);
    },
    fail(operation, error) {
      takeBatch(operation)?.fail(error);
    },
  });
}

/** A client of redis 5, or what `withCommandOptions()` has made of it. */
interface Client {
  readonly _self: object;
  readonly options?: {
    readonly database?: number;
    readonly socket?: { readonly host?: string; readonly port?: number; readonly path?: string };
  };
}

type QueuedCommands = readonly { readonly args: readonly unknown[] }[];

/** The databases that SELECT has changed to. */
const databases = new WeakMap<object, number>();

function serverOfClient(client: Client): Server {
  const { database = 0, socket = {} } = client.options ?? {};
  const { host = 'localhost', port = 6379, path } = socket;
  return {
    database: databases.get(client._self) ?? database,
    address: path ?? host,
    port: path === undefined ? port : undefined,
  };
}

/** A promise that settles the same. The library's own would count as handled if it had a listener more. */
function watch<Result>(
  promise: Promise<Result>,
  succeed: (result: Result) => void,
  fail: (error: unknown) => void,
): Promise<Result> {
  if (typeof promise?.then !== 'function') return promise;
  return promise.then(
    (result) => {
      succeed(result);
      return result;
    },
    (error: unknown) => {
      fail(error);
      throw error;
    },
  );
}

function watchCommand(operation: Operation, args: readonly unknown[], promise: Promise<unknown>): Promise<unknown> {
  return watch(
    promise,
    contained((reply) => {
      const rows = returnedRows(redisCommand(args[0]), reply);
      if (rows !== undefined) operation.set('db.response.returned_rows', rows);
      operation.end();
    }),
    contained((error) => failCommand(operation, error, args[0])),
  );
}

function watchBatch(
  batch: Batch,
  promise: Promise<unknown>,
  repliesOf: (result: unknown) => unknown,
): Promise<unknown> {
  return watch(
    promise,
    contained((result) => batch.end(repliesOf(result))),
    contained((error) => batch.fail(error)),
  );
}

/** Runs a function of ours inside the application's call. */
function attempt<Result>(fn: () => Result): Result | undefined {
  try {
    return fn();
  } catch (error) {
    countFault(error);
    return undefined;
  }
}

function traceClient(prototype: object): WrapOutcome {
  const outcome = wrapOnce(
    prototype as { sendCommand: unknown },
    'sendCommand',
    (original) =>
      function sendCommand(this: Client, ...rest: [readonly unknown[], ...unknown[]]) {
        const [args] = rest;
        const operation = attempt(() => beginCommand(args, serverOfClient(this)));
        const promise = original.apply(this, rest) as Promise<unknown>; // as it is in this version
        const isSelecting = attempt(() => redisCommand(args[0]).name === 'SELECT') === true;
        const noted = isSelecting ? noteDatabase(this, Number(args[1]), promise) : promise;
        return operation === undefined ? noted : watchCommand(operation, args, noted);
      },
  );
  if (outcome === 'foreign') return outcome;
  for (const [name, kind] of [
    ['_executePipeline', 'PIPELINE'],
    ['_executeMulti', 'MULTI'],
  ] as const) {
    wrapOnce(
      prototype as Record<string, unknown>,
      name,
      (original) =>
        function execute(this: Client, ...rest: [QueuedCommands, number | undefined, ...unknown[]]) {
          const [commands, database] = rest;
          const batch = attempt(() => beginBatch(kind, commands, serverOfClient(this)));
          const promise = original.apply(this, rest) as Promise<unknown>; // as it is in this version
          const noted = database === undefined ? promise : noteDatabase(this, database, promise);
          return batch === undefined ? noted : watchBatch(batch, noted, (replies) => replies);
        },
    );
  }
  return outcome;
}

function noteDatabase<Result>(client: Client, database: number, promise: Promise<Result>): Promise<Result> {
  return watch(
    promise,
    contained(() => {
      databases.set(client._self, database);
    }),
    () => {},
  );
}

function beginBatch(kind: Batch['kind'], commands: QueuedCommands, server: Server): Batch | undefined {
  if (commands.length === 0) return undefined;
  const batch = Batch.begin(kind, commands.length, server);
  if (batch !== undefined) for (const { args } of commands) batch.add(args);
  return batch;
}

function tracePool(prototype: object): void {
  wrapOnce(
    prototype as { execute: unknown },
    'execute',
    (original) =>
      function execute(this: unknown, ...args: unknown[]) {
        const bound = args.map((arg) => (typeof arg === 'function' ? bind(arg as () => unknown) : arg));
        return original.apply(this, bound);
      },
  );
}

const unknownServer: Server = { database: undefined, address: undefined, port: undefined };

/** Whether redis 4 is adding the commands of a batch, which has a span, to the queue. */
let isAddingBatch = false;

/** In redis 4, the commands of a pipeline are in the queue like any others, and those of a transaction have a `chainId`. */
function traceBatches4(prototype: object): WrapOutcome {
  return wrapOnce(
    prototype as { multiExecutor: unknown },
    'multiExecutor',
    (original) =>
      function multiExecutor(this: unknown, ...rest: [QueuedCommands, unknown, ...unknown[]]) {
        const [commands, chainId] = rest;
        const isTransaction = chainId !== undefined;
        const batch = attempt(() =>
          isTransaction
            ? beginBatch('MULTI', commands.slice(1, -1), unknownServer) // without MULTI and EXEC
            : beginBatch('PIPELINE', commands, unknownServer),
        );
        isAddingBatch = true;
        let promise: Promise<unknown>;
        try {
          promise = original.apply(this, rest) as Promise<unknown>; // as it is in this version
        } finally {
          isAddingBatch = false;
        }
        if (batch === undefined) return promise;
        return watchBatch(batch, promise, (replies) =>
          isTransaction && Array.isArray(replies) ? replies.at(-1) : replies,
        );
      },
  );
}

interface QueueOptions {
  /** For the commands that set up the connection. */
  readonly asap?: boolean;
  readonly chainId?: unknown;
}

function traceQueue4(prototype: object): WrapOutcome {
  return wrapOnce(
    prototype as { addCommand: unknown },
    'addCommand',
    (original) =>
      function addCommand(this: unknown, ...rest: [readonly unknown[], QueueOptions | null | undefined, ...unknown[]]) {
        const [args, options] = rest;
        const isPart = isAddingBatch || options?.asap === true || options?.chainId !== undefined;
        const operation = isPart ? undefined : attempt(() => beginCommand(args, unknownServer));
        const promise = original.apply(this, rest) as Promise<unknown>; // as it is in this version
        return operation === undefined ? promise : watchCommand(operation, args, promise);
      },
  );
}

/**
 * @param given The exports of `redis` or `@redis/client`, a client, or the module of the queue of redis 4.
 * @param version That of `@redis/client`.
 */
export const trace: Trace = (given, version) => {
  const queue = readProperty(readProperty(given, 'default'), 'prototype');
  if (typeof readProperty(queue, 'addCommand') === 'function') {
    if (version !== undefined && !version.startsWith('1.')) return meansOf(version);
    return toMeans(traceQueue4(queue as object)); // it has a method, so it is an object
  }
  const client = clientPrototypeOf(given);
  if (client === undefined) return undefined;
  if (isWrappedByOthers(readProperty(client, 'sendCommand') as object)) return 'foreign'; // ownerOf() has found it
  const pool = poolPrototypeOf(given);
  if (pool !== undefined) tracePool(pool);
  runOutside(client, 'connect'); // messages of subscriptions belong to no call
  if (publishes(client)) {
    subscribe();
    return 'channel';
  }
  if (typeof readProperty(client, '_executeMulti') === 'function') return toMeans(traceClient(client));
  return toMeans(traceBatches4(client));
};

function toMeans(outcome: WrapOutcome): TracedBy | 'foreign' | undefined {
  if (outcome === 'missing') return undefined;
  return outcome === 'foreign' ? outcome : 'methods';
}

function meansOf(version: string): TracedBy {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 12) ? 'channel' : 'methods';
}

/** Whether the client publishes its commands: it says so in its code. */
function publishes(client: object): boolean {
  return Function.prototype.toString.call(readProperty(client, 'sendCommand')).includes('TRACE_COMMAND');
}

/** The prototype that has the methods of all clients. Making a client does not connect it. */
function clientPrototypeOf(given: unknown): object | undefined {
  const place = readProperty(given, 'default') ?? given;
  const exported = readProperty(readProperty(place, 'RedisClient'), 'prototype');
  if (exported !== undefined) return ownerOf(exported, 'sendCommand');
  const create = readProperty(place, 'createClient');
  return ownerOf(typeof create === 'function' ? create() : given, 'sendCommand');
}

function poolPrototypeOf(given: unknown): object | undefined {
  const place = readProperty(given, 'default') ?? given;
  const exported = readProperty(readProperty(place, 'RedisClientPool'), 'prototype');
  if (exported !== undefined) return ownerOf(exported, 'execute');
  const create = readProperty(place, 'createClientPool') ?? readProperty(place, 'createPool');
  if (typeof create !== 'function') return ownerOf(given, 'execute');
  return ownerOf(readProperty(place, 'createPool') === create ? create.call(place) : create({}), 'execute');
}

/** The nearest prototype to the root that has the method: a client's class is made for its options, and extends that one. */
function ownerOf(value: unknown, method: string): object | undefined {
  let owner: object | undefined;
  let place: unknown = value;
  for (let depth = 0; depth < 10 && typeof place === 'object' && place !== null; depth++) {
    const own = Object.getOwnPropertyDescriptor(place, method)?.value;
    // A client of redis 4 in its legacy mode has a `sendCommand` of its own.
    if (typeof own === 'function' && Object.hasOwn(place, 'constructor')) owner = place;
    place = Object.getPrototypeOf(place);
  }
  return owner;
}

/**
 * Traces `redis` (node-redis) 5 and 6: pass its exports, or a client. Clients that exist already are traced as well.
 *
 * Each command below an active span gets a span named for it, such as `GET`, with its keys in `db.query.text` and `?` in place of
 * values; an array that lists items gives `db.response.returned_rows`. A pipeline is one span (`PIPELINE`, or `PIPELINE GET` if all are
 * the same), and so is a transaction (`MULTI`), which fails if a command in it fails. A call to a pool whose clients are all in use is
 * below the code that made it.
 *
 * Not traced: what a client sends by itself, SUBSCRIBE and messages that arrive, MONITOR's output. In a cluster, each node that a command is sent
 * to has a span. Not recorded: values, and arguments and text of scripts, whose hash is `db.stored_procedure.name`. From 5.12 on, the
 * library decides which keys are shown, and a transaction shows no commands. Redis 4 is traced only where its files are found in the
 * process, which `tracing()` and `instrumentLibraries()` do, and its spans do not name the server.
 *
 * @returns What it was given. A second call changes nothing.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @see https://opentelemetry.io/docs/specs/semconv/database/redis/
 * @example
 * import * as redis from 'redis';
 * traceRedis(redis);
 */
export function traceRedis<Given extends object>(redis: Given): Given {
  return traceGiven('redis', (given) => trace(given, undefined), redis, 'traceRedis(redis)', 'the exports of redis');
}

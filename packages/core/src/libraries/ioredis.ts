/**
 * The spans of `ioredis` and `iovalkey`: one for each command, one for a pipeline, one for a transaction.
 *
 * The methods of its classes are wrapped, also where the library publishes the channel `ioredis:command` (5.11 and later). That channel
 * publishes a command when it is written: one that waited for the connection would start in the context in which the client was made,
 * all auto-pipelined ones in that of the first, and one that is never written would have no span.
 *
 * - The caller is the code that calls `redis.get()`, or `exec()` of a pipeline, so a span includes the time in the queues of the client.
 * - A span ends where the library settles the command: with its own `resolve` and `reject`. A `then` would mark the promise's rejection
 *   as handled.
 * - What a command goes through is one span: the offline queue, a reconnect, the redirects of a cluster, a script sent again.
 * - The connection is opened outside any context. So the commands with which the client sets it up have no caller, the socket does not
 *   keep a request in memory, and messages of subscriptions do not belong to the request that happened to open it.
 */
import { bind } from '../active-context.ts';
import type { AttributeList } from '../attributes.ts';
import type { Context } from '../context.ts';
import { contained, countFault } from '../count-fault.ts';
import { readProperty } from '../read-property.ts';
import { SharedAttributes } from '../shared-attributes.ts';
import { optionsOf, tracedCaller } from './caller.ts';
import { Operation } from './operation.ts';
import {
  batchAttributes,
  batchName,
  commandAttributes,
  commandText,
  errorCode,
  recordedError,
  redisCommand,
  returnedRows,
} from './redis-command.ts';
import { runOutside } from './run-outside.ts';
import type { Trace } from './trace.ts';
import { traceGiven } from './trace-given.ts';
import { type WrapOutcome, wrapOnce } from './wrap-once.ts';

type Name = 'ioredis' | 'iovalkey';

interface ServerOptions {
  readonly host?: string;
  readonly port?: number;
  readonly path?: string | null;
  readonly db?: number;
  readonly enableAutoPipelining?: boolean;
  readonly sentinels?: readonly unknown[] | null;
}

/** What is read of a client: `Redis` or `Cluster`. */
interface Client {
  readonly status?: string;
  readonly isCluster?: boolean;
  readonly options?: ServerOptions;
  /** `select`: the database of the connection, which SELECT changes. */
  readonly condition?: { readonly select?: number } | null;
  readonly stream?: { readonly remoteAddress?: string; readonly remotePort?: number } | null;
  readonly startupNodes?: readonly (string | number | { readonly host?: string; readonly port?: number })[];
}

interface Command {
  readonly name: string;
  readonly args: readonly unknown[];
  resolve(value: unknown): unknown;
  reject(error: unknown): unknown;
  [callKey]?: Call | null;
}

/** Where a pipeline collects what it writes. */
interface PipelineStream {
  readonly isPipeline?: boolean;
}

type Callback = (error: unknown, value?: unknown) => void;

interface Pipeline {
  readonly redis: Client;
  readonly _queue: readonly Command[];
  readonly _transactions?: number;
  resolve(results: unknown): unknown;
  reject(error: unknown): unknown;
  [callKey]?: Call | null;
}

/** Where the call of a command or pipeline is kept. `null`: it has been looked at, and has no span. */
const callKey: unique symbol = Symbol('waymark.call');

/** A command or pipeline that has a span. */
class Call {
  readonly operation: Operation;
  /** The connection that it was last written to: in a cluster, that of a node. */
  node: Client;
  private readonly server: Server;
  private readonly runsScript: boolean;

  constructor(operation: Operation, client: Client, server: Server, runsScript: boolean) {
    this.operation = operation;
    this.node = client;
    this.server = server;
    this.runsScript = runsScript;
  }

  end(rows?: number | undefined): void {
    this.notePeer();
    if (rows !== undefined) this.operation.set('db.response.returned_rows', rows);
    this.operation.end();
  }

  fail(error: unknown): void {
    this.notePeer();
    this.operation.fail(recordedError(error, this.runsScript), errorCode(error));
  }

  /** Records the node, if it was not known at the start: the client was not connected, or a cluster chooses it later. */
  private notePeer(): void {
    const { stream } = this.node;
    if (stream === this.server.peer || stream === undefined || stream === null) return;
    this.operation.set('network.peer.address', stream.remoteAddress);
    this.operation.set('network.peer.port', stream.remotePort);
  }
}

/** The attributes that all commands of a connection have. */
interface Server {
  readonly database: number | undefined;
  /** The socket whose address is in the attributes. */
  readonly peer: Client['stream'];
  readonly shared: SharedAttributes;
}

const servers = new WeakMap<Client, Server>();
/** Connections whose database ioredis itself does not know: it reads `select` in lower case only. */
const unsureDatabases = new WeakSet<Client>();

function serverOf(client: Client): Server {
  const before = servers.get(client);
  const database = databaseOf(client);
  const peer = client.stream?.remoteAddress === undefined ? undefined : client.stream;
  if (before !== undefined && before.database === database && before.peer === peer) return before;
  const [first] = client.startupNodes ?? [];
  const {
    path,
    host = 'localhost',
    port = 6379,
  }: ServerOptions = (typeof first === 'object' ? first : client.options) ?? {};
  const list: AttributeList = ['db.system.name', 'redis'];
  if (database !== undefined) list.push('db.namespace', String(database));
  if (client.options?.sentinels !== undefined && client.options.sentinels !== null) {
    // `host` has its default: the sentinels say where the server is.
    if (peer?.remoteAddress !== undefined) {
      list.push('server.address', peer.remoteAddress, 'server.port', peer.remotePort ?? 0);
    }
  } else if (typeof path === 'string') list.push('server.address', path);
  else if (typeof host === 'string') list.push('server.address', host, 'server.port', Number(port));
  if (peer?.remoteAddress !== undefined) {
    list.push('network.peer.address', peer.remoteAddress, 'network.peer.port', peer.remotePort ?? 0);
  }
  const server: Server = { database, peer, shared: new SharedAttributes(list) };
  servers.set(client, server);
  return server;
}

function databaseOf(client: Client): number | undefined {
  if (unsureDatabases.has(client)) return undefined;
  if (client.startupNodes !== undefined) return 0; // a cluster has no other
  return client.condition?.select ?? client.options?.db ?? 0;
}

/** Sees a command that goes to a client: for the first time, or again. */
function noteCommand(library: Name, client: Client, command: Command, stream: PipelineStream | undefined): void {
  const before = command[callKey];
  if (before !== undefined) {
    if (before !== null) before.node = client; // a node of the cluster, or the client again after the offline queue
    return;
  }
  if (stream?.isPipeline === true) return; // the pipeline has the span
  const resent = takeResent(command);
  const call = resent === undefined ? beginCommand(library, client, command) : resent;
  command[callKey] = call ?? null;
  if (call) endWhenSettled(call, command, resent !== undefined);
}

function beginCommand(library: Name, client: Client, command: Command): Call | undefined {
  const caller = tracedCaller(library);
  const described = redisCommand(command.name);
  noteDatabase(client, command.name, described.name);
  if (caller === undefined || isSettingUp(client, caller, described.name)) return undefined;
  const server = serverOf(client);
  const operation = Operation.begin(caller, {
    library,
    name: described.name,
    kind: 'client',
    attributes: commandAttributes(described, command.args, 0, optionsOf(library, caller)?.queryText === true),
    shared: server.shared,
  });
  return operation && new Call(operation, client, server, described.runsScript);
}

const settingUp = new Set(['ASKING', 'AUTH', 'CLIENT', 'CLUSTER', 'HELLO', 'INFO', 'READONLY', 'SELECT', 'SENTINEL']);

/** Whether the client sets up its connection, which shows only if calls without a caller have spans. */
function isSettingUp(client: Client, caller: Context, name: string): boolean {
  return caller.span === undefined && settingUp.has(name) && client.status !== 'ready';
}

function noteDatabase(client: Client, name: string, upperCase: string): void {
  if ((upperCase === 'SELECT' && name !== 'select') || upperCase === 'RESET') unsureDatabases.add(client);
}

function endWhenSettled(call: Call, command: Command, isResent: boolean): void {
  const { resolve, reject } = command;
  const described = redisCommand(command.name);
  // The library's own resolve() calls reject() if it cannot transform the reply, so it runs first.
  command.resolve = function resolveAndEnd(value) {
    try {
      return resolve.call(command, value);
    } finally {
      endCall(call, described.lists === undefined ? undefined : returnedRows(described, value));
    }
  };
  command.reject = function rejectAndFail(error) {
    if (isResent || !isSentAgain(command, error, call)) failCall(call, error);
    return reject.call(command, error);
  };
}

/** A command that cannot be written, such as one that an application has made itself. */
const failUnsent = contained((command: Command, error: unknown) => command[callKey]?.fail(error));
const endCall = contained((call: Call, rows: number | undefined) => call.end(rows));
const failCall = contained((call: Call, error: unknown) => call.fail(error));

/** Scripts of `defineCommand()` that the server did not know, by their class. The library sends the same call again, in this order. */
const sentAgain = new WeakMap<object, (Call | null)[]>();
/** How many these are: nearly always none. */
let countSentAgain = 0;

/** Whether the failed command is a script that will be sent again, by the library's own test. If so, the span goes on. */
function isSentAgain(command: Command, error: unknown, call: Call | null): boolean {
  if (!isScript(command)) return false;
  const message = readProperty(error, 'message');
  if (typeof message !== 'string' || !message.includes('NOSCRIPT')) return false;
  const waiting = sentAgain.get(command.constructor) ?? [];
  waiting.push(call);
  countSentAgain++;
  sentAgain.set(command.constructor, waiting);
  return true;
}

/** The call of a script that is sent for the second time. There is no third. */
function takeResent(command: Command): Call | null | undefined {
  if (countSentAgain === 0 || !isScript(command)) return undefined;
  const call = sentAgain.get(command.constructor)?.shift();
  if (call !== undefined) countSentAgain--;
  return call;
}

function isScript(command: Command): boolean {
  return command.constructor.name === 'CustomScriptCommand';
}

/** Sees a command that is added to a pipeline. With auto-pipelining, that is when the application calls it. */
function noteQueued(library: Name, pipeline: Pipeline, command: Command): void {
  if (command[callKey] !== undefined) return; // a cluster sends the pipeline again
  const callbacks = autoCallbacksOf(pipeline);
  if (Array.isArray(callbacks)) {
    const call = beginCommand(library, pipeline.redis, command);
    command[callKey] = call ?? null;
    if (call) endByLastCallback(call, callbacks, redisCommand(command.name));
  }
  if (isScript(command) && tracedCaller(library) !== undefined) {
    const { reject } = command;
    command.reject = function rejectInPipeline(error) {
      isSentAgain(command, error, null);
      return reject.call(command, error);
    };
  }
}

let callbacksKey: symbol | undefined;

/** The callbacks of a pipeline that the library made for auto-pipelining, `null` after it was executed; `undefined` for any other pipeline. */
function autoCallbacksOf(pipeline: Pipeline): Callback[] | null | undefined {
  if (pipeline.redis?.options?.enableAutoPipelining !== true) return undefined;
  if (callbacksKey === undefined || !(callbacksKey in pipeline)) {
    callbacksKey = Object.getOwnPropertySymbols(pipeline).find(({ description }) => description === 'callbacks');
  }
  return callbacksKey && (pipeline as unknown as Record<symbol, Callback[] | null | undefined>)[callbacksKey];
}

/** The callback gets the outcome after all redirects. The library has added it just before the command. */
function endByLastCallback(call: Call, callbacks: Callback[], described: ReturnType<typeof redisCommand>): void {
  const callback = callbacks.pop();
  if (callback === undefined) return;
  callbacks.push(function endAndCall(error, value) {
    if (error) failCall(call, error);
    else endCall(call, returnedRows(described, value));
    callback(error, value);
  });
}

/** Sees a pipeline that is executed: for the first time, or again by a cluster. */
function noteExecuted(library: Name, pipeline: Pipeline): void {
  if (pipeline[callKey] !== undefined) return;
  // The first exec() of a transaction only adds EXEC.
  if ((pipeline._transactions ?? 0) > 0 || pipeline._queue.length === 0) return;
  if (autoCallbacksOf(pipeline) !== undefined) return; // its commands have spans
  const call = beginBatch(library, pipeline);
  pipeline[callKey] = call ?? null;
  if (!call) return;
  const { resolve, reject } = pipeline;
  pipeline.resolve = function resolveAndEnd(results) {
    endBatch(call, results);
    return resolve.call(pipeline, results);
  };
  pipeline.reject = function rejectAndFail(error) {
    failCall(call, error);
    return reject.call(pipeline, error);
  };
}

// The texts of a batch are cut, so those of later commands are not even made.
const longestBatchText = 1000;

function beginBatch(library: Name, pipeline: Pipeline): Call | undefined {
  const caller = tracedCaller(library);
  const { redis: client, _queue: queue } = pipeline;
  const commands = [];
  const texts: string[] = [];
  let textLength = caller !== undefined && optionsOf(library, caller)?.queryText === true ? 0 : longestBatchText;
  for (const { name, args } of queue) {
    const described = redisCommand(name);
    noteDatabase(client, name, described.name);
    if (described.name === 'MULTI' || described.name === 'EXEC') continue;
    commands.push(described);
    if (textLength >= longestBatchText) continue;
    const text = commandText(described, args) ?? described.name;
    textLength += text.length;
    texts.push(textLength < longestBatchText || texts.length === 0 ? text : '…');
  }
  if (caller === undefined) return undefined;
  const isTransaction = queue[0]?.name === 'multi' && queue.at(-1)?.name === 'exec';
  const name = batchName(isTransaction ? 'MULTI' : 'PIPELINE', commands);
  const server = serverOf(client);
  const operation = Operation.begin(caller, {
    library,
    name,
    kind: 'client',
    attributes: batchAttributes(name, texts, commands.length),
    shared: server.shared,
  });
  const runsScript = commands.some((command) => command.runsScript);
  return operation && new Call(operation, client, server, runsScript);
}

/** @param results A pair of error and reply for each command. The reply of EXEC has those of the transaction. */
const endBatch = contained((call: Call, results: unknown) => {
  const error = Array.isArray(results) ? firstError(results) : undefined;
  if (error === undefined) call.end();
  else call.fail(error);
});

function firstError(results: readonly unknown[]): unknown {
  const pairs = results.filter((pair) => Array.isArray(pair)) as [unknown, unknown][];
  // An aborted transaction fails with EXECABORT, which is what the application gets.
  const last = pairs.at(-1)?.[0];
  if (last) return last;
  for (const [error, reply] of pairs) {
    if (error) return error;
    const inside = Array.isArray(reply) ? reply.find((item) => item instanceof Error) : undefined;
    if (inside !== undefined) return inside;
  }
  return undefined;
}

// The arguments are passed on as they came: exec() passes its own on to Redis, so one `undefined` more would be an error there.

function traceSending(library: Name, owner: object): WrapOutcome {
  return wrapOnce(
    owner as { sendCommand: unknown },
    'sendCommand',
    (original) =>
      function sendCommand(this: Client, ...args: [Command, PipelineStream | undefined, ...unknown[]]) {
        try {
          noteCommand(library, this, args[0], args[1]);
        } catch (error) {
          countFault(error);
        }
        try {
          return original.apply(this, args);
        } catch (error) {
          failUnsent(args[0], error);
          throw error;
        }
      },
  );
}

function tracePipelines(library: Name, owner: object): void {
  wrapOnce(
    owner as { sendCommand: unknown },
    'sendCommand',
    (original) =>
      function sendCommand(this: Pipeline, ...args: [Command, ...unknown[]]) {
        try {
          noteQueued(library, this, args[0]);
        } catch (error) {
          countFault(error);
        }
        return original.apply(this, args);
      },
  );
  wrapOnce(
    owner as { exec: unknown },
    'exec',
    (original) =>
      function exec(this: Pipeline, ...args: unknown[]) {
        try {
          noteExecuted(library, this);
        } catch (error) {
          countFault(error);
        }
        return original.apply(this, args);
      },
  );
}

/** A cluster that is not connected keeps functions for later: they run in the context of the code that asked. */
function traceDelays(owner: object): void {
  wrapOnce(
    owner as { delayUntilReady: unknown },
    'delayUntilReady',
    (original) =>
      function delayUntilReady(this: Client, ...args: unknown[]) {
        return original.apply(
          this,
          args.map((arg) => (typeof arg === 'function' ? bind(arg as Callback) : arg)),
        );
      },
  );
}

/** Traces the classes `Redis`, `Cluster` and `Pipeline` of a copy of ioredis or iovalkey. */
export const trace: Trace = (given) => {
  const { owners, library } = findClasses(given);
  const { redis, cluster, pipeline } = owners;
  if (redis === undefined && cluster === undefined) return undefined;
  for (const owner of [redis, cluster]) {
    if (owner === undefined) continue;
    if (traceSending(library, owner) === 'foreign') return 'foreign';
    runOutside(owner, 'connect');
  }
  if (cluster !== undefined) {
    runOutside(cluster, 'refreshSlotsCache'); // after a redirect, for all callers
    traceDelays(cluster);
  }
  if (pipeline !== undefined) tracePipelines(library, pipeline);
  return 'methods';
};

interface Owners {
  redis?: object;
  cluster?: object;
  pipeline?: object;
}

function findClasses(given: unknown): { readonly owners: Owners; readonly library: Name } {
  const owners: Owners = {};
  const main = readProperty(given, 'default') ?? given;
  const places = [given, main, readProperty(given, 'Redis'), readProperty(given, 'constructor')];
  let library: Name = 'ioredis';
  for (const place of places) {
    for (const name of [undefined, 'Redis', 'Cluster', 'Pipeline']) {
      sortClass(name === undefined ? place : readProperty(place, name), owners);
    }
    if (readProperty(place, 'Valkey') !== undefined) library = 'iovalkey';
  }
  // An instance of which the class alone is known still makes pipelines. Making one sends nothing.
  const makePipeline = readProperty(given, 'pipeline');
  if (owners.pipeline === undefined && typeof makePipeline === 'function') {
    sortClass(readProperty(makePipeline.call(given), 'constructor'), owners);
  }
  return { owners, library };
}

function sortClass(value: unknown, owners: Owners): void {
  const owner = ownerOfSending(readProperty(value, 'prototype'));
  if (owner === undefined) return;
  if (typeof readProperty(owner, 'fillResult') === 'function') owners.pipeline ??= owner;
  else if (typeof readProperty(owner, 'delayUntilReady') === 'function') owners.cluster ??= owner;
  else if (typeof readProperty(owner, 'scanStream') === 'function') owners.redis ??= owner;
}

/** The prototype that has `sendCommand` itself: an application may pass a class that extends the library's. */
function ownerOfSending(prototype: unknown): object | undefined {
  let owner: unknown = prototype;
  for (let depth = 0; depth < 10 && typeof owner === 'object' && owner !== null; depth++) {
    if (Object.hasOwn(owner, 'sendCommand')) return owner;
    owner = Object.getPrototypeOf(owner);
  }
  return undefined;
}

/**
 * Traces `ioredis` 5 and 6, or `iovalkey`: pass the class `Redis` or the module. Clients that exist already are traced as well.
 *
 * Each command below an active span gets a span named for it, such as `GET`, with its keys in `db.query.text` and `?` in place of
 * values; an array that lists items gives `db.response.returned_rows`. A pipeline is one span (`PIPELINE`, or `PIPELINE GET` if all are
 * the same), and so is a transaction (`MULTI`); it fails if a command in it fails. Commands that auto-pipelining collects are a span each,
 * below the code that called them. Queue time counts, and a redirect in a cluster does not make a second span.
 *
 * Not traced: the commands with which the client sets up its connection, messages that arrive at a subscriber, MONITOR's output. Not
 * recorded: values, and arguments and text of scripts, whose hash is `db.stored_procedure.name`.
 *
 * @returns What it was given. A second call changes nothing.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @see https://opentelemetry.io/docs/specs/semconv/database/redis/
 * @example
 * import { Redis } from 'ioredis';
 * traceIoredis(Redis);
 */
export function traceIoredis<Given extends object>(redis: Given): Given {
  const { library } = findClasses(redis);
  return traceGiven(library, (given) => trace(given, undefined), redis, 'traceIoredis(Redis)', "ioredis's class Redis");
}

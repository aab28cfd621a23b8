/**
 * Mongoose, through its driver: one span for each command, below the code that caused it.
 *
 * The driver is Mongoose's own copy, `mongoose.mongo`. What Mongoose itself has to add is the caller, where it waits for the
 * connection: it queues calls, and runs them in the context in which the connection opens. The methods that queue are wrapped, and keep
 * the context of each call.
 *
 * Its channels (9.7 and later) are for those who ask for a span of the whole operation.
 */
import { bind, currentContext, runOutsideContext, withContext } from '../active-context.ts';
import type { AttributeList } from '../attributes.ts';
import type { Context } from '../context.ts';
import { contained } from '../count-fault.ts';
import { knownTracer } from '../internal-tracer.ts';
import type { LibrarySettings } from '../libraries-option.ts';
import { readProperty } from '../read-property.ts';
import { tracedCaller } from './caller.ts';
import { subscribeChannel } from './channel-subscriber.ts';
import { noteMongoose } from './mongodb/command-span.ts';
import { traceMongodb } from './mongodb/trace-mongo.ts';
import { Operation } from './operation.ts';
import type { Trace } from './trace.ts';
import { traceGiven } from './trace-given.ts';
import { wrapOnce } from './wrap-once.ts';

/** The parts of Mongoose 8 and 9 that are used here. */
interface Mongoose {
  readonly mongo: object;
  readonly Collection: { readonly prototype: MongooseCollection };
  readonly Query: { readonly prototype: Builder };
  readonly Aggregate: { readonly prototype: Builder };
}

interface MongooseCollection {
  readonly queue: QueueEntry[];
  addQueue(name: unknown, args?: unknown): unknown;
  doQueue(): unknown;
  readonly emitter?: Emitter;
}

/** A function, or the name of a method, and its arguments. */
type QueueEntry = [call: unknown, args?: unknown];

interface Emitter {
  once(event: string, listener: (...args: unknown[]) => void): unknown;
}

interface Builder {
  cursor(): unknown;
}

/**
 * Traces Mongoose 8 and 9: the commands of its driver, as {@link traceMongo} does, and their callers where Mongoose waits for the
 * connection. `tracing()` does so by itself; this function is for bundles and tests.
 *
 * With the option `libraries: { mongoose: { operations: true } }`, an operation of Mongoose 9.7 and later (a query, an aggregation,
 * `save()`, `insertMany()`, `bulkWrite()`) has a span above those of its commands, such as `mongoose.findOne users`.
 *
 * @param mongoose The exports of `mongoose`, or an instance of `Mongoose`.
 * @returns What was given. May be called again.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @example
 * traceMongoose(mongoose);
 */
export function traceMongoose<Given extends object>(mongoose: Given): Given {
  return traceGiven('mongoose', traceMongooseModule, mongoose, 'traceMongoose(mongoose)', 'the exports of mongoose');
}

/** @param settings Default: those of the process's tracer. */
export function traceMongooseModule(
  given: unknown,
  _version?: string,
  settings: LibrarySettings | undefined = knownTracer(currentContext()?.span)?.settings.libraries,
): ReturnType<Trace> {
  // An ES module's `import * as mongoose` has the classes below `default` only.
  const mongoose = isMongoose(given) ? given : readProperty(given, 'default');
  if (!isMongoose(mongoose)) return undefined;
  const tracedBy = traceMongodb(mongoose.mongo);
  if (tracedBy !== 'methods') return tracedBy;
  noteMongoose();
  const collection = classWith(mongoose.Collection.prototype, 'addQueue');
  wrapOnce(collection, 'addQueue', wrapAddQueue);
  wrapOnce(collection, 'doQueue', wrapDoQueue);
  wrapOnce(mongoose.Query.prototype, 'cursor', wrapCursor);
  wrapOnce(mongoose.Aggregate.prototype, 'cursor', wrapCursor);
  if (settings?.mongoose?.operations === true) subscribeOperations();
  return 'methods';
}

function isMongoose(value: unknown): value is Mongoose {
  if (typeof value !== 'object' || value === null) return false;
  const { mongo, Collection, Query, Aggregate } = value as Partial<Mongoose>;
  return (
    typeof mongo === 'object' &&
    typeof Collection?.prototype?.addQueue === 'function' &&
    typeof Query?.prototype?.cursor === 'function' &&
    typeof Aggregate?.prototype?.cursor === 'function'
  );
}

/** The class that a method is of: the collections of the driver inherit it. */
function classWith<Instance extends object>(prototype: Instance, name: keyof Instance): Instance {
  let found = prototype;
  while (!Object.hasOwn(found, name)) found = Object.getPrototypeOf(found) as Instance;
  return found;
}

// biome-ignore lint/suspicious/noExplicitAny: Mongoose's methods, whose arguments are passed on
type Method = (this: any, ...args: any[]) => unknown;

/** The context of each queued call; `undefined` outside any. */
const callers = new WeakMap<QueueEntry, Context | undefined>();

function wrapAddQueue(original: Method): Method {
  return function addQueue(this: MongooseCollection, ...args) {
    const result = original.apply(this, args);
    const entry = this.queue?.at(-1);
    if (Array.isArray(entry)) callers.set(entry, currentContext());
    return result;
  };
}

const restoreCallers = contained((collection: MongooseCollection) => {
  for (const entry of collection.queue) {
    if (!Array.isArray(entry) || !callers.has(entry)) continue;
    const caller = callers.get(entry);
    const [name] = entry;
    const call = (typeof name === 'function' ? name : collection[name as keyof MongooseCollection]) as Method;
    // Not when it is queued: Mongoose finds the call in the queue by its function when its time is up.
    entry[0] = function queued(this: unknown, ...args: unknown[]) {
      const run = () => call.apply(this, args);
      return caller === undefined ? runOutsideContext(run) : withContext(caller, run);
    };
  }
});

function wrapDoQueue(original: Method): Method {
  return function doQueue(this: MongooseCollection, ...args) {
    restoreCallers(this);
    return original.apply(this, args);
  };
}

/** A cursor that waits for its connection, or for hooks, goes on at its event `cursor`, which belongs to another context. */
function wrapCursor(original: Method): Method {
  return function cursor(this: { _model?: { collection?: MongooseCollection } }, ...args) {
    // Mongoose 8: an aggregation waits for this event before its hooks run.
    contained(bindWaiting)(this._model?.collection?.emitter, 'queue');
    const made = original.apply(this, args);
    contained(bindWaiting)(Object.getPrototypeOf(made ?? null) as Emitter | undefined, 'cursor');
    return made;
  };
}

/** Listeners of an event run in the context in which they were added. */
function bindWaiting(emitter: Emitter | undefined, awaited: string): void {
  if (emitter === undefined || emitter === null) return;
  wrapOnce(emitter, 'once', (original) => {
    return function once(this: Emitter, event: unknown, listener, ...rest: unknown[]) {
      return original.call(this, event, event === awaited ? bind(listener as Method) : listener, ...rest);
    };
  });
}

/** What Mongoose publishes of an operation. It also has the filter and the documents. */
interface OperationMessage {
  readonly operation?: unknown;
  readonly collection?: unknown;
  readonly database?: unknown;
}

// Without `mongoose:cursor:next`: a span for each document would be too many, and the driver has one for each batch.
const operationChannels = ['query', 'aggregate', 'model:save', 'model:insertMany', 'model:bulkWrite'];

function subscribeOperations(): void {
  for (const name of operationChannels) {
    subscribeChannel<OperationMessage>(`mongoose:${name}`, { start: beginOperation, nests: true });
  }
}

function beginOperation({ operation, collection, database }: OperationMessage): Operation | undefined {
  const caller = tracedCaller('mongoose');
  if (caller === undefined || typeof operation !== 'string') return undefined;
  const attributes: AttributeList = ['db.system.name', 'mongodb'];
  if (typeof database === 'string') attributes.push('db.namespace', database);
  if (typeof collection === 'string') attributes.push('db.collection.name', collection);
  attributes.push('db.operation.name', operation);
  const name = typeof collection === 'string' ? `mongoose.${operation} ${collection}` : `mongoose.${operation}`;
  return Operation.begin(caller, { library: 'mongoose', name, kind: 'internal', attributes });
}

/**
 * The span of one command to MongoDB: its name, its attributes, and how it ended. Filters, documents and pipelines are never recorded.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/db/mongodb/
 */
import type { AttributeList } from '../../attributes.ts';
import type { Context } from '../../context.ts';
import { exceptionMessage } from '../../exception.ts';
import { readProperty } from '../../read-property.ts';
import type { SharedAttributes } from '../../shared-attributes.ts';
import { tracedCaller } from '../caller.ts';
import { Operation } from '../operation.ts';

/** A database and perhaps a collection: the driver's `MongoDBNamespace`. */
export interface Namespace {
  readonly db?: unknown;
  readonly collection?: unknown;
}

/** What the driver sends by itself, to open, watch and close its connections. An application's `ping` looks the same. */
const housekeeping: ReadonlySet<string> = new Set([
  ...['hello', 'isMaster', 'ismaster', 'ping', 'endSessions', 'handshake'],
  ...['saslStart', 'saslContinue', 'authenticate', 'getnonce'],
]);

/**
 * The commands whose first value is a collection. With others it is something else: `createUser` has the name of a person there.
 *
 * @see https://www.mongodb.com/docs/manual/reference/command/
 */
const commandsOfCollections: ReadonlySet<string> = new Set([
  ...['find', 'aggregate', 'count', 'distinct', 'mapReduce', 'findAndModify', 'findandmodify', 'insert', 'update'],
  ...['delete', 'create', 'drop', 'collMod', 'collStats', 'dataSize', 'validate', 'compact', 'reIndex', 'killCursors'],
  ...['createIndexes', 'dropIndexes', 'listIndexes', 'createSearchIndexes', 'updateSearchIndex', 'dropSearchIndex'],
  ...['convertToCapped', 'cloneCollectionAsCapped', 'planCacheClear'],
]);

/** The fields of a command that hold the operations of a batch. */
const batchFields: Readonly<Record<string, string>> = {
  insert: 'documents',
  update: 'updates',
  delete: 'deletes',
  bulkWrite: 'ops',
};

/** Set when Mongoose is traced: its option turns on the commands that it sends, also where `mongodb` is off. */
let isMongooseTraced = false;

export function noteMongoose(): void {
  isMongooseTraced = true;
}

/** The caller's context, if a command that is sent now gets a span. */
export function callerOfDriver(): Context | undefined {
  return tracedCaller('mongodb') ?? (isMongooseTraced ? tracedCaller('mongoose') : undefined);
}

/**
 * Starts the span of a command.
 *
 * @param namespace Where it is sent: often `$cmd` of the database.
 * @param server The attributes of the connection.
 */
export function beginCommand(
  caller: Context,
  namespace: Namespace,
  command: object,
  server: SharedAttributes | undefined,
): Operation | undefined {
  const name = firstKey(command);
  if (name === undefined || housekeeping.has(name)) return undefined;
  const collection = collectionOf(name, command) ?? collectionIn(namespace);
  const batchSize = batchSizeOf(name, command);
  return begin(caller, name, namespace.db, collection, server, batchSize);
}

/** Records a command that was never sent: no server could be selected, or no connection opened. */
export function recordUnsent(
  caller: Context,
  name: unknown,
  namespace: Namespace | undefined,
  server: SharedAttributes | undefined,
  startTime: number,
  error: unknown,
): void {
  if (typeof name !== 'string' || (housekeeping.has(name) && name !== 'handshake')) return;
  // The driver selects a server for the handshake where it connects.
  const shownName = name === 'handshake' ? 'connect' : name;
  const collection = namespace === undefined ? undefined : collectionIn(namespace);
  const operation = begin(caller, shownName, namespace?.db, collection, server, undefined, startTime);
  if (operation !== undefined) endFailed(operation, error);
}

const noServer: AttributeList = ['db.system.name', 'mongodb'];

function begin(
  caller: Context,
  name: string,
  database: unknown,
  collection: string | undefined,
  server: SharedAttributes | undefined,
  batchSize: number | undefined,
  startTime?: number,
): Operation | undefined {
  const attributes: AttributeList = server === undefined ? [...noServer] : [];
  if (typeof database === 'string') attributes.push('db.namespace', database);
  if (collection !== undefined) attributes.push('db.collection.name', collection);
  attributes.push('db.operation.name', name);
  // By the conventions, one operation is not a batch.
  if (batchSize !== undefined && batchSize !== 1) attributes.push('db.operation.batch.size', batchSize);
  const target = collection ?? (typeof database === 'string' ? database : undefined);
  return Operation.begin(caller, {
    library: 'mongodb',
    name: target === undefined ? name : `${name} ${target}`,
    kind: 'client',
    attributes,
    shared: server,
    startTime,
  });
}

/** The name of a command is its first key. */
function firstKey(command: object): string | undefined {
  for (const key in command) return key; // not Object.keys(): commands may have many keys
  return undefined;
}

function collectionOf(name: string, command: object): string | undefined {
  const fields = command as Readonly<Record<string, unknown>>;
  let value: unknown;
  if (commandsOfCollections.has(name)) value = fields[name];
  else if (name === 'getMore') value = fields.collection;
  else if (name === 'explain') return collectionOfExplained(fields.explain);
  return typeof value === 'string' ? value : undefined;
}

function collectionOfExplained(explained: unknown): string | undefined {
  if (typeof explained !== 'object' || explained === null) return undefined;
  const name = firstKey(explained);
  return name === undefined || name === 'explain' ? undefined : collectionOf(name, explained);
}

/** `$cmd` and what starts with it stand for the database. */
function collectionIn({ collection }: Namespace): string | undefined {
  if (typeof collection !== 'string' || collection === '' || collection.startsWith('$cmd')) return undefined;
  return collection;
}

function batchSizeOf(name: string, command: object): number | undefined {
  if (!Object.hasOwn(batchFields, name)) return undefined;
  const batch = (command as Readonly<Record<string, unknown>>)[batchFields[name] as string];
  // The driver may have serialized the documents already: a DocumentSequence.
  const list = Array.isArray(batch) ? batch : readProperty(batch, 'documents');
  return Array.isArray(list) ? list.length : undefined;
}

/** Ends a span with the server's reply: a document, or what the driver keeps of one until it is read. */
export function endReplied(operation: Operation, reply: unknown): void {
  try {
    if (typeof reply !== 'object' || reply === null) return;
    const failure = isUnread(reply) ? readFailure(reply) : readFailureOf(reply as ReplyDocument);
    if (failure !== undefined) {
      operation.fail({ message: withoutDocuments(failure.message) }, failure.code);
      return;
    }
    operation.set('db.response.returned_rows', isUnread(reply) ? readRows(reply) : rowsOf(reply as ReplyDocument));
  } finally {
    operation.end();
  }
}

/** Ends a span with the error of the server or of the connection. */
export function endFailed(operation: Operation, error: unknown): void {
  const message = withoutDocuments(exceptionMessage(error));
  const code = codeOf(readProperty(error, 'code'));
  // Not the error: its message may have a key of a document in it. Its name decides the type of an error without a code.
  operation.fail({ message, name: readProperty(error, 'name'), constructor: readProperty(error, 'constructor') }, code);
}

/** The server puts keys and documents into braces: `dup key: { email: "a@b.c" }`. */
function withoutDocuments(message: string): string {
  const start = message.indexOf('{');
  if (start === -1) return message;
  const end = message.lastIndexOf('}');
  return `${message.slice(0, start)}{ ? }${end > start ? message.slice(end + 1) : ''}`;
}

/** Numbers may be wrapped, as `Int32` or `Long`. */
function codeOf(code: unknown): string | undefined {
  if (code === undefined || code === null) return undefined;
  const number = Number(code);
  return Number.isFinite(number) ? String(number) : undefined;
}

/** A reply as a document: before driver 6.8, and of commands that the application writes itself. */
interface ReplyDocument {
  readonly cursor?: { readonly firstBatch?: unknown; readonly nextBatch?: unknown } | null;
  readonly writeErrors?: unknown;
  readonly writeConcernError?: unknown;
}

function rowsOf({ cursor }: ReplyDocument): number | undefined {
  const batch = cursor?.firstBatch ?? cursor?.nextBatch;
  return Array.isArray(batch) ? batch.length : undefined;
}

interface Failure {
  readonly code: string | undefined;
  readonly message: string;
}

/** A write that fails is a reply without an error: the driver makes the error of it later. */
function readFailureOf({ writeErrors, writeConcernError }: ReplyDocument): Failure | undefined {
  const error: unknown = Array.isArray(writeErrors) ? writeErrors[0] : writeConcernError;
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, errmsg } = error as { code?: unknown; errmsg?: unknown };
  return { code: codeOf(code), message: typeof errmsg === 'string' ? errmsg : '' };
}

/** The driver's `MongoDBResponse` and `CursorResponse`: the bytes of a reply, read on demand. What is read once, is kept. */
interface UnreadReply {
  has(name: string): boolean;
  get(name: string | number, type: number): UnreadReply | string | null;
  getNumber(name: string): number | null;
  /** Of replies that have a cursor. It throws if the reply has none after all. */
  readonly batchSize?: number;
  readonly batch?: UnreadReply;
}

function isUnread(reply: object): reply is UnreadReply {
  return typeof (reply as Partial<UnreadReply>).getNumber === 'function';
}

// Types of BSON, as `get()` takes them. https://bsonspec.org/spec.html
const bsonString = 2;
const bsonObject = 3;
const bsonArray = 4;

/** The results of a client's `bulkWrite` come in a cursor: they are not rows. */
function isBulkWrite(reply: UnreadReply): boolean {
  return 'insertedCount' in reply;
}

function readRows(reply: UnreadReply): number | undefined {
  if (!('batchSize' in reply) || isBulkWrite(reply) || !reply.has('cursor')) return undefined;
  return reply.batchSize;
}

function readFailure(reply: UnreadReply): Failure | undefined {
  if (reply.has('writeErrors')) return readError(firstOf(reply.get('writeErrors', bsonArray)));
  if (reply.has('writeConcernError')) return readError(reply.get('writeConcernError', bsonObject));
  // Those that failed come first, or alone.
  if (isBulkWrite(reply) && (reply.getNumber('nErrors') ?? 0) > 0) return readError(firstOf(reply.batch));
  return undefined;
}

function firstOf(list: UnreadReply | string | null | undefined): UnreadReply | string | null | undefined {
  return typeof list === 'object' ? list?.get(0, bsonObject) : undefined;
}

function readError(error: UnreadReply | string | null | undefined): Failure | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const message = error.get('errmsg', bsonString);
  return { code: codeOf(error.getNumber('code')), message: typeof message === 'string' ? message : '' };
}

/** The spans that Prisma asks for around its operations and statements. Of the dozen kinds, three say what the application does. */
import { withContext } from '../../active-context.ts';
import type { AttributeList } from '../../attributes.ts';
import { countFault } from '../../count-fault.ts';
import { exceptionMessage } from '../../exception.ts';
import { readProperty } from '../../read-property.ts';
import type { SharedAttributes } from '../../shared-attributes.ts';
import { tracedCaller } from '../caller.ts';
import { Operation } from '../operation.ts';
import { beginQuery, sharedByServer } from '../sql-operation.ts';
import type { SqlDialect } from '../sql-text.ts';

/** What Prisma says of a span that it asks for. */
export interface ChildSpan {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Runs a part of Prisma in its span, if it has one.
 *
 * @returns What it returns. A promise is another one, as from Prisma's own instrumentation: if nothing handles its rejection, Node has
 *   to notice.
 */
export function runInSpan<Result>(options: ChildSpan, callback: () => Result): Result {
  const operation = begin(options);
  if (operation === undefined) return callback();
  const { fail } = kinds[options.name] as Kind;
  let result: Result;
  try {
    result = withContext(operation.context(), callback);
  } catch (error) {
    finish(() => fail(operation, error));
    throw error;
  }
  if (typeof readProperty(result, 'then') !== 'function') {
    operation.end();
    return result;
  }
  return (result as unknown as Promise<unknown>).then(
    (value) => {
      finish(() => {
        if (options.name === 'db_query') operation.set('db.response.returned_rows', rowsOf(value));
        operation.end();
      });
      return value;
    },
    (error: unknown) => {
      finish(() => fail(operation, error));
      throw error;
    },
  ) as Result; // a promise of the same
}

function begin(options: ChildSpan): Operation | undefined {
  try {
    return Object.hasOwn(kinds, options.name) ? kinds[options.name]?.begin(options.attributes ?? {}) : undefined;
  } catch (error) {
    countFault(error);
    return undefined;
  }
}

function finish(end: () => void): void {
  try {
    end();
  } catch (error) {
    countFault(error);
  }
}

interface Kind {
  begin(attributes: Readonly<Record<string, unknown>>): Operation | undefined;
  fail(operation: Operation, error: unknown): void;
}

const kinds: Readonly<Record<string, Kind>> = {
  operation: { begin: ({ name, method }) => beginOperation(name, method), fail: failOperation },
  transaction: { begin: ({ method }) => beginOperation(method, method), fail: failOperation },
  db_query: { begin: beginStatement, fail: failStatement },
};

/** @param name `User.findMany`, or `queryRaw`. */
function beginOperation(name: unknown, method: unknown): Operation | undefined {
  const caller = tracedCaller('prisma');
  if (caller === undefined || typeof name !== 'string') return undefined;
  const attributes: AttributeList = typeof method === 'string' ? ['db.operation.name', method] : [];
  return Operation.begin(caller, { library: 'prisma', name, kind: 'internal', attributes });
}

function failOperation(operation: Operation, error: unknown): void {
  const code = readProperty(error, 'code');
  // The lines before the last are the call in the source of the application, with its values.
  const message = exceptionMessage(error).trim().split('\n').at(-1) ?? '';
  const name = typeof code === 'string' ? code : readProperty(error, 'name');
  operation.fail({ name, message, constructor: readProperty(error, 'constructor') });
}

/** By `db.system.name`, in the spellings of Prisma. */
const systems: Readonly<Record<string, readonly [system: string, dialect: SqlDialect]>> = {
  postgresql: ['postgresql', 'postgresql'],
  cockroachdb: ['cockroachdb', 'postgresql'],
  mysql: ['mysql', 'mysql'],
  sqlite: ['sqlite', 'sqlite'],
  mssql: ['microsoft.sql_server', 'tsql'],
  sqlserver: ['microsoft.sql_server', 'tsql'],
  other: ['other_sql', 'postgresql'],
};

const servers = new Map<string, SharedAttributes>();

/** The dialect of a statement, and what all statements of this system have in common. */
export function serverOf(system: unknown): { readonly dialect: SqlDialect; readonly server: SharedAttributes } {
  const key = typeof system === 'string' && Object.hasOwn(systems, system) ? system : 'other';
  const [name, dialect] = systems[key] as readonly [string, SqlDialect]; // it has this key
  let server = servers.get(key);
  if (server === undefined) {
    server = sharedByServer({ system: name });
    servers.set(key, server);
  }
  return { dialect, server };
}

function beginStatement(attributes: Readonly<Record<string, unknown>>): Operation | undefined {
  const text = attributes['db.query.text'];
  if (typeof text !== 'string') return undefined;
  const { dialect, server } = serverOf(attributes['db.system.name']);
  const operation = beginQuery('prisma', dialect, text, server);
  operation?.coverNested(); // the driver below the adapter
  return operation;
}

/** The result of a driver adapter has rows; that of a statement without rows is a number. */
function rowsOf(result: unknown): number | undefined {
  const rows = readProperty(result, 'rows');
  return Array.isArray(rows) ? rows.length : undefined;
}

/** Prisma's error has that of the driver adapter in it, and that one has what the database said. */
function failStatement(operation: Operation, error: unknown): void {
  const ofAdapter = readProperty(readProperty(error, 'meta'), 'driverAdapterError') ?? error;
  const cause = readProperty(ofAdapter, 'cause');
  const code = readProperty(cause, 'originalCode');
  const message = readProperty(cause, 'originalMessage') ?? exceptionMessage(error);
  const type = { name: readProperty(error, 'name'), constructor: readProperty(error, 'constructor') };
  operation.fail({ ...type, message }, typeof code === 'string' ? code : undefined);
}

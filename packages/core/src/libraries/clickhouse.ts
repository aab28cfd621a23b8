/**
 * ClickHouse: the methods of its client that run a statement, by the conventions for SQL. A client with a `tracer` of the application is left to that.
 *
 * @see https://clickhouse.com/docs/integrations/javascript
 */
import { withContext } from '../active-context.ts';
import type { AttributeList } from '../attributes.ts';
import { countFault } from '../count-fault.ts';
import { readProperty } from '../read-property.ts';
import type { SharedAttributes } from '../shared-attributes.ts';
import { optionsOf, tracedCaller } from './caller.ts';
import { Operation } from './operation.ts';
import { sharedByServer } from './sql-operation.ts';
import { readSql } from './sql-text.ts';
import type { Trace } from './trace.ts';
import { traceGiven } from './trace-given.ts';
import { wrapOnce } from './wrap-once.ts';

const methods = ['query', 'command', 'exec', 'insert'] as const;

type Prototype = Readonly<Record<(typeof methods)[number], unknown>>;

export const trace: Trace = (given) => {
  const prototype = findPrototype(given);
  if (prototype === undefined) return undefined;
  let isForeign = false;
  for (const method of methods) {
    const outcome = wrapOnce(
      prototype,
      method,
      (original) =>
        function run(this: object, ...args: unknown[]) {
          const operation = begin(this, method, args[0]);
          if (operation === undefined) return original.apply(this, args);
          operation.coverNested(); // command() calls exec() in older versions
          // The methods are async functions.
          const answer = withContext(operation.context(), () => original.apply(this, args)) as Promise<unknown>;
          return answer.then(
            (result) => {
              finish(operation, result);
              return result;
            },
            (error) => {
              fail(operation, error);
              throw error;
            },
          );
        },
    );
    isForeign ||= outcome === 'foreign';
  }
  return isForeign ? 'foreign' : 'methods';
};

function findPrototype(given: unknown): Prototype | undefined {
  for (const start of [
    readProperty(readProperty(given, 'ClickHouseClient'), 'prototype'),
    readProperty(given, 'prototype'),
    given,
  ]) {
    for (let object = start; typeof object === 'object' && object !== null; object = Object.getPrototypeOf(object)) {
      if (methods.every((method) => Object.hasOwn(object as object, method))) return object as Prototype; // it has them
    }
  }
  return undefined;
}

const servers = new WeakMap<object, SharedAttributes>();

function begin(client: object, method: string, params: unknown): Operation | undefined {
  try {
    if (hasOwnTracer(client)) return undefined;
    const caller = tracedCaller('clickhouse');
    if (caller === undefined) return undefined;
    let shared = servers.get(client);
    if (shared === undefined) {
      shared = serverOf(client);
      servers.set(client, shared);
    }
    const table = readProperty(params, 'table');
    if (method === 'insert') {
      const name = typeof table === 'string' ? `INSERT ${table}` : 'INSERT';
      const attributes: AttributeList = ['db.operation.name', 'INSERT', 'db.query.summary', name];
      if (typeof table === 'string') attributes.push('db.collection.name', table);
      return Operation.begin(caller, { library: 'clickhouse', name, kind: 'client', attributes, shared });
    }
    const query = readProperty(params, 'query');
    const text = typeof query === 'string' ? statementIn(query) : undefined;
    const sql = text === undefined ? undefined : readSql(text, 'mysql');
    const attributes: AttributeList = [];
    if (sql !== undefined && optionsOf('clickhouse', caller)?.queryText !== false) {
      attributes.push('db.query.text', sql.text);
    }
    if (sql !== undefined && sql.summary !== '') attributes.push('db.query.summary', sql.summary);
    const name = sql?.summary || 'clickhouse';
    return Operation.begin(caller, {
      library: 'clickhouse',
      name,
      kind: 'client',
      attributes,
      shared,
      statement: sql?.text,
    });
  } catch (error) {
    countFault(error);
    return undefined;
  }
}

/** The client's own, which does nothing, is a plain object. One of the application is of a class. */
function hasOwnTracer(client: object): boolean {
  const tracer = readProperty(client, 'tracer');
  return typeof tracer === 'object' && tracer !== null && Object.getPrototypeOf(tracer) !== Object.prototype;
}

function serverOf(client: object): SharedAttributes {
  const params = readProperty(client, 'connectionParams') ?? readProperty(readProperty(client, 'connection'), 'params');
  const url = readProperty(params, 'url');
  const database = readProperty(params, 'database');
  const isUrl = url instanceof URL;
  return sharedByServer({
    system: 'clickhouse',
    namespace: typeof database === 'string' ? database : undefined,
    address: isUrl ? url.hostname : undefined,
    port: isUrl ? Number(url.port) || (url.protocol === 'https:' ? 443 : 80) : undefined,
  });
}

/** A heredoc is a string between two marks, such as `$tag$`, which MySQL does not have. */
const heredoc = /\$\w*\$/;
const insertWithFormat = /^\s*INSERT\b[\s\S]*?\bFORMAT\s+\w+/i;

/**
 * The statement without the data that may follow it: `INSERT … FORMAT CSV` and then the rows.
 *
 * @returns `undefined` for a statement whose literals are not all found, since it is read as one of MySQL. The two have the same strings, comments and
 *   escapes; names in double quotes count as literals.
 */
function statementIn(query: string): string | undefined {
  if (heredoc.test(query)) return undefined;
  return insertWithFormat.exec(query)?.[0] ?? query;
}

function finish(operation: Operation, result: unknown): void {
  try {
    const id = readProperty(result, 'query_id');
    if (typeof id === 'string' && id !== '') operation.set('clickhouse.request.query_id', id);
  } catch (error) {
    countFault(error);
  }
  operation.end();
}

/** An error of the server has its number as `code`; one of the connection has Node's code, such as `ECONNREFUSED`. */
function fail(operation: Operation, error: unknown): void {
  try {
    const code = readProperty(error, 'code');
    operation.fail(error, typeof code === 'string' && /^\d+$/.test(code) ? code : undefined);
  } catch (fault) {
    countFault(fault);
  }
}

/**
 * Traces `@clickhouse/client` 1: pass a client. All clients of the same copy of the package are traced from then on.
 *
 * `query()`, `command()`, `exec()` and `insert()` have a span up to the headers of the answer. A client with an option `tracer` keeps that.
 *
 * Not recorded: values of parameters, rows that are inserted or returned. Literals of a statement are replaced by `?`.
 *
 * @returns What it was given. A second call changes nothing.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @see https://opentelemetry.io/docs/specs/semconv/database/sql/
 * @example
 * const client = traceClickhouse(createClient({ url }));
 */
export function traceClickhouse<Given extends object>(client: Given): Given {
  return traceGiven(
    'clickhouse',
    (given) => trace(given, undefined),
    client,
    'traceClickhouse(client)',
    'a client of @clickhouse/client',
  );
}

/** The parts of pg that tracing touches, from version 8.0 on. */

export interface PgClient {
  readonly database?: unknown;
  readonly host?: unknown;
  readonly port?: unknown;
  readonly connection?: { readonly parsedStatements?: Readonly<Record<string, unknown>> };
  /** The class of the promises that it returns. Absent from pg 9 on. */
  _Promise?: PromiseClass;
}

export interface PgPool {
  readonly options?: { readonly [name: string]: unknown };
  readonly _clients?: readonly PgClient[];
  Promise?: PromiseClass;
}

/** A query that the application has made itself: `pg.Query`, a cursor, a stream of rows, a stream of COPY. */
export interface Submittable {
  submit(connection: unknown): unknown;
  readonly [name: string]: unknown;
}

/** `Promise`, or one that the application has set, such as Bluebird's. */
export interface PromiseClass {
  new (executor: Executor): object;
  reject(error: unknown): object;
}

export type Executor = (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void;

/** What tracing reads of mariadb, from 3.2 to 3.5. */

// biome-ignore lint/suspicious/noExplicitAny: methods of the library, with any signature
export type AnyFunction = (this: any, ...args: any[]) => any;

export type Methods = Record<string, AnyFunction>;

/** The options of a connection. */
export interface ConnectionOptions {
  readonly host?: unknown;
  readonly port?: unknown;
  readonly socketPath?: unknown;
  readonly database?: unknown;
  readonly rowsAsArray?: unknown;
  readonly metaAsArray?: unknown;
}

/** The connection behind the one that the application has. */
export interface InnerConnection {
  readonly opts?: ConnectionOptions;
  readonly info?: { readonly database?: unknown };
}

/** The pool behind the one that the application has. */
export interface InnerPool {
  readonly opts?: { readonly connOptions?: ConnectionOptions };
}

/** A pool or a connection of the application. */
export type Client = object;

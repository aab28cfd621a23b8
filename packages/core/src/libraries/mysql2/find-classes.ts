/** The classes of connections and pools, by the exports of mysql2 or of mysql2/promise. */
import { Duplex } from 'node:stream';
import { readProperty } from '../../read-property.ts';
import type { AnyFunction } from './mysql2-types.ts';

/** The prototypes. */
export interface Mysql2Classes {
  readonly connection: WithMethods<(typeof connectionMethods)[number]>;
  readonly pool: WithMethods<(typeof poolMethods)[number]>;
}

/** A prototype, which has these methods. */
export type WithMethods<Name extends string> = Record<string, AnyFunction> & { readonly [Key in Name]: AnyFunction };

const connectionMethods = ['query', 'execute', 'addCommand'] as const;
const poolMethods = ['query', 'execute', 'getConnection'] as const;

export function findClasses(moduleExports: unknown): Mysql2Classes | undefined {
  const connection = prototypeOf(readProperty(moduleExports, 'Connection'), connectionMethods);
  const pool = prototypeOf(readProperty(moduleExports, 'Pool'), poolMethods);
  if (connection !== undefined && pool !== undefined) return { connection, pool };
  const isPromiseApi = typeof readProperty(moduleExports, 'PromisePool') === 'function';
  if (isPromiseApi) return classesBehindPromises(moduleExports as PromiseExports); // the function below takes what is there
  // `import * as mysql2` has the exports as `default`, too.
  const defaultExport = readProperty(moduleExports, 'default');
  return defaultExport === undefined || defaultExport === moduleExports ? undefined : findClasses(defaultExport);
}

function prototypeOf<Name extends string>(value: unknown, methods: readonly Name[]): WithMethods<Name> | undefined {
  return typeof value === 'function' ? withMethods(value.prototype, methods) : undefined;
}

function withMethods<Name extends string>(prototype: unknown, methods: readonly Name[]): WithMethods<Name> | undefined {
  return methods.every((method) => typeof readProperty(prototype, method) === 'function')
    ? (prototype as WithMethods<Name>) // has been checked
    : undefined;
}

interface PromiseExports {
  createPool?(options: object): { readonly pool?: InnerPool };
}

interface InnerPool {
  getConnection(callback: () => void): void;
  readonly _allConnections?: { get(index: number): { destroy(): void } | undefined };
}

/**
 * `mysql2/promise` exports wrappers of the classes only. A pool whose connection is a stream that leads nowhere has objects of both
 * classes. It opens no socket, sets no timer, and is dropped.
 */
function classesBehindPromises({ createPool }: PromiseExports): Mysql2Classes | undefined {
  const nowhere = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  const { pool } = createPool?.({ stream: () => nowhere, connectTimeout: 0, connectionLimit: 1 }) ?? {};
  pool?.getConnection(() => {});
  const connection = pool?._allConnections?.get(0);
  if (pool === undefined || connection === undefined) return undefined;
  const connectionClass = withMethods(Object.getPrototypeOf(connection), connectionMethods);
  const poolClass = withMethods(Object.getPrototypeOf(pool), poolMethods);
  connection.destroy();
  return connectionClass && poolClass && { connection: connectionClass, pool: poolClass };
}

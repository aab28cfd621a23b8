/** The database of an instance of postgres.js. A query does not know it, so the instance must have been passed to `tracePostgres()`. */
import type { SharedAttributes } from '../../shared-attributes.ts';
import { type DatabaseServer, sharedByServer } from '../sql-operation.ts';
import type { Sql } from './postgres-types.ts';

const unknownServer = sharedByServer({ system: 'postgresql' });
/** By the function that all queries of an instance have in common. */
const servers = new WeakMap<object, SharedAttributes>();

export function serverOf(canceller: object): SharedAttributes {
  return servers.get(canceller) ?? unknownServer;
}

/** @param sql An instance; that of a transaction does not know its database. */
export function rememberServer(sql: Sql): void {
  const { canceller } = sql.unsafe(''); // a query that is not awaited is not sent
  if (typeof canceller === 'function' && sql.options !== undefined) {
    servers.set(canceller, sharedByServer(readServer(sql.options)));
  }
}

function readServer({ host, port, path, database }: NonNullable<Sql['options']>): DatabaseServer {
  const server = { system: 'postgresql', namespace: typeof database === 'string' ? database : undefined };
  if (typeof path === 'string' && path !== '') return { ...server, address: path };
  // Of several hosts it connects to one, and does not say which.
  if (!Array.isArray(host) || host.length !== 1 || !Array.isArray(port)) return server;
  return { ...server, address: String(host[0]), port: Number(port[0]) };
}

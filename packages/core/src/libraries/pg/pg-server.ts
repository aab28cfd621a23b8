/** The database that a client of pg is connected to. */
import type { SharedAttributes } from '../../shared-attributes.ts';
import { type DatabaseServer, sharedByServer } from '../sql-operation.ts';
import type { PgClient, PgPool } from './pg-types.ts';

const servers = new WeakMap<PgClient, SharedAttributes>();

/** The attributes of a client's database, without those that the client does not know. */
export function serverOfClient(client: PgClient): SharedAttributes {
  let server = servers.get(client);
  if (server === undefined) {
    server = sharedByServer(readServer(client));
    servers.set(client, server);
  }
  return server;
}

/** @param client A client, or an object with the same properties. */
export function readServer({ database, host, port }: PgClient): DatabaseServer {
  const server = { system: 'postgresql', namespace: typeof database === 'string' ? database : undefined };
  if (typeof host !== 'string') return server;
  const portNumber = Number(port);
  // pg takes a host that begins with a slash for the folder of a socket.
  if (host.startsWith('/')) return { ...server, address: `${host}/.s.PGSQL.${portNumber}` };
  return { ...server, address: host, port: Number.isInteger(portNumber) ? portNumber : undefined };
}

const clientsOfPools = new WeakMap<object, PgClient>();

/** Remembers the server of a pool by one of its clients: the pool drops a client that cannot connect. */
export function rememberClient(pool: PgPool): void {
  if (clientsOfPools.has(pool)) return;
  const client = pool._clients?.at(-1);
  if (client === undefined) return;
  const { database, host, port } = client;
  clientsOfPools.set(pool, { database, host, port });
}

/** A client with its server; for a pool, an object with the same properties. */
export function clientOf(clientOrPool: object): PgClient {
  return clientsOfPools.get(clientOrPool) ?? clientOrPool;
}

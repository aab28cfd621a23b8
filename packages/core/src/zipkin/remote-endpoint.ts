/**
 * Finds the called service of a client or producer span. Zipkin draws the dependencies of services from it.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/zipkin/#remote-endpoint
 */
import { isIP } from 'node:net';
import { type AttributeList, keyAt, placeOf, valueAt } from '../attributes.ts';

export interface RemoteEndpoint {
  readonly serviceName: string | undefined;
  readonly ipv4: string | undefined;
  readonly ipv6: string | undefined;
  readonly port: number | undefined;
}

/** Attributes that name the other side, the best first, each with the attribute of its port. */
const ranking: readonly (readonly [name: string, port?: string])[] = [
  ['peer.service', 'server.port'],
  ['server.address', 'server.port'],
  ['net.peer.name', 'net.peer.port'],
  ['network.peer.address', 'network.peer.port'],
  ['server.socket.domain', 'server.socket.port'],
  ['server.socket.address', 'server.socket.port'],
  ['net.sock.peer.name', 'net.sock.peer.port'],
  ['net.sock.peer.addr', 'net.sock.peer.port'],
  ['peer.hostname'],
  ['peer.address'],
  ['db.name'],
];

const rankOf: ReadonlyMap<string, number> = new Map(ranking.map(([name], rank) => [name, rank]));

export function findRemoteEndpoint(list: Readonly<AttributeList>): RemoteEndpoint | undefined {
  let best = ranking.length;
  let name = '';
  for (let at = 0; at < list.length; at += 2) {
    const rank = rankOf.get(keyAt(list, at));
    const value = valueAt(list, at);
    if (rank === undefined || rank >= best || typeof value !== 'string' || value === '') continue;
    best = rank;
    name = value;
  }
  if (name === '') return undefined;
  const version = isIP(name);
  return {
    serviceName: version === 0 ? name : undefined,
    ipv4: version === 4 ? name : undefined,
    ipv6: version === 6 ? name : undefined,
    port: portOf(list, ranking[best]?.[1]),
  };
}

function portOf(list: Readonly<AttributeList>, key: string | undefined): number | undefined {
  const at = key === undefined ? -1 : placeOf(list, key);
  const port = at === -1 ? undefined : valueAt(list, at);
  return Number.isInteger(port) && (port as number) > 0 && (port as number) <= 65_535 ? (port as number) : undefined;
}

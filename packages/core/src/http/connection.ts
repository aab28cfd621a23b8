/**
 * Keeps what the requests of one connection share: the peer's address, which is slow to read from the socket, and the attributes
 * that are mostly the same for all of them.
 */
import type { Socket } from 'node:net';
import { SharedAttributes } from '../shared-attributes.ts';
import { parseHost } from '../urls/server-address.ts';

// A connection may stay open for hours, and callers choose their headers: longer values are not kept for the next request.
const longestKept = 512;

export class Connection {
  readonly peerAddress: string | undefined;
  readonly peerPort: number | undefined;
  private method = '';
  private scheme = '';
  private host: string | undefined = undefined;
  private clientAddress: string | undefined = undefined;
  private version = '';
  private userAgent: string | undefined = undefined;
  private attributes: SharedAttributes | undefined = undefined;

  constructor({ remoteAddress, remotePort }: { remoteAddress?: string | undefined; remotePort?: number | undefined }) {
    this.peerAddress = remoteAddress;
    this.peerPort = remotePort;
  }

  /**
   * The attributes of a request on this connection: the same object as for the last request if all arguments are equal. Behind a
   * proxy each request may come from another client, and then gets a new object.
   *
   * @param host In the form of a `Host` header.
   */
  attributesOf(
    method: string,
    scheme: string,
    host: string | undefined,
    clientAddress: string | undefined,
    version: string,
    userAgent: string | undefined,
  ): SharedAttributes {
    if (
      this.attributes !== undefined &&
      this.method === method &&
      this.scheme === scheme &&
      this.host === host &&
      this.clientAddress === clientAddress &&
      this.version === version &&
      this.userAgent === userAgent
    ) {
      return this.attributes;
    }
    const attributes = this.makeAttributes(method, scheme, host, clientAddress, version, userAgent);
    const length = (host?.length ?? 0) + (clientAddress?.length ?? 0) + (userAgent?.length ?? 0) + method.length;
    if (length > longestKept) return attributes;
    this.method = method;
    this.scheme = scheme;
    this.host = host;
    this.clientAddress = clientAddress;
    this.version = version;
    this.userAgent = userAgent;
    this.attributes = attributes;
    return attributes;
  }

  private makeAttributes(
    method: string,
    scheme: string,
    hostHeader: string | undefined,
    clientAddress: string | undefined,
    version: string,
    userAgent: string | undefined,
  ): SharedAttributes {
    const { peerAddress, peerPort } = this;
    const list: (string | number)[] = ['http.request.method', method, 'url.scheme', scheme];
    const host = hostHeader === undefined ? undefined : parseHost(hostHeader);
    if (host) list.push('server.address', host.address, 'server.port', host.port ?? (scheme === 'https' ? 443 : 80));
    if (clientAddress !== undefined) list.push('client.address', clientAddress);
    if (peerAddress !== undefined) list.push('network.peer.address', peerAddress);
    if (peerPort !== undefined) list.push('network.peer.port', peerPort);
    list.push('network.protocol.version', version);
    if (userAgent !== undefined) list.push('user_agent.original', userAgent);
    return new SharedAttributes(list);
  }
}

const connections = new WeakMap<Socket, Connection>();
const unknownConnection = new Connection({});

/** The connection of a socket. A request without a socket, such as one made for a test, gets a connection without addresses. */
export function connectionOf(socket: Socket | undefined): Connection {
  if (socket === undefined) return unknownConnection;
  let connection = connections.get(socket);
  if (connection === undefined) {
    connection = new Connection(socket);
    // A destroyed socket has lost its addresses.
    if (!socket.destroyed) connections.set(socket, connection);
  }
  return connection;
}

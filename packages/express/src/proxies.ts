/**
 * What the client asked for, as seen through the proxies that `trust proxy` names: one rule decides for all three facts
 * whether their headers count, so it is asked first, and an app without proxies never parses them.
 */
import type { TLSSocket } from 'node:tls';
import type { Request } from 'express';

/** `http` or `https`. */
export function schemeOf(request: Request): string {
  if (isFromTrustedProxy(request)) return request.protocol;
  return (request.socket as Partial<TLSSocket>).encrypted ? 'https' : 'http'; // absent on a plain socket
}

/** In the form of a `Host` header. */
export function hostOf(request: Request): string | undefined {
  // Not `req.host`: in Express 4 it has no port, and warns.
  const forwarded = request.headers['x-forwarded-host'];
  if (typeof forwarded !== 'string' || forwarded === '' || !isFromTrustedProxy(request)) return request.headers.host;
  const comma = forwarded.indexOf(',');
  return comma === -1 ? forwarded : forwarded.slice(0, comma).trimEnd();
}

/** `undefined`: whoever is at the other end of the socket. */
export function clientAddressOf(request: Request): string | undefined {
  return isFromTrustedProxy(request) ? request.ip : undefined;
}

function isFromTrustedProxy(request: Request): boolean {
  // Absent if a router is used without an app.
  const trusts = request.app?.get('trust proxy fn') as
    | ((address: string | undefined, hop: number) => boolean)
    | undefined;
  return trusts?.(request.socket.remoteAddress, 0) === true;
}

/**
 * What the client asked for, as seen through the proxies that `trust proxy` names: one rule decides for all three facts
 * whether their headers count, so it is asked first, and an app without proxies never parses them.
 */
import { authorityOf, isEncrypted } from '@waymark/core/http';
import type { Request } from 'express';
import { appOf } from './express-internals.ts';

/** `http` or `https`. */
export function schemeOf(request: Request): string {
  if (isFromTrustedProxy(request)) return request.protocol;
  return isEncrypted(request) ? 'https' : 'http';
}

/** In the form of a `Host` header. */
export function hostOf(request: Request): string | undefined {
  // Not `req.host`: in Express 4 it has no port, and warns.
  const forwarded = request.headers['x-forwarded-host'];
  if (typeof forwarded !== 'string' || forwarded === '' || !isFromTrustedProxy(request)) return authorityOf(request);
  const comma = forwarded.indexOf(',');
  return comma === -1 ? forwarded : forwarded.slice(0, comma).trimEnd();
}

/** `undefined`: whoever is at the other end of the socket. */
export function clientAddressOf(request: Request): string | undefined {
  return isFromTrustedProxy(request) ? request.ip : undefined;
}

function isFromTrustedProxy(request: Request): boolean {
  const trusts = appOf(request)?.get('trust proxy fn');
  return typeof trusts === 'function' && trusts(request.socket.remoteAddress, 0) === true;
}

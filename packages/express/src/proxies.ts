/**
 * Scheme, host and address of the client, as seen through the proxies that `trust proxy` names. One rule decides for all three whether
 * forwarded headers count. It runs first, so that an app without proxies never parses them.
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
  // Not `req.host`, which has no port in Express 4, and warns.
  const forwarded = request.headers['x-forwarded-host'];
  if (typeof forwarded !== 'string' || forwarded === '' || !isFromTrustedProxy(request)) return authorityOf(request);
  const comma = forwarded.indexOf(',');
  return comma === -1 ? forwarded : forwarded.slice(0, comma).trimEnd();
}

/** `undefined`: the client is at the other end of the socket. */
export function clientAddressOf(request: Request): string | undefined {
  return isFromTrustedProxy(request) ? request.ip : undefined;
}

function isFromTrustedProxy(request: Request): boolean {
  const trusts = appOf(request)?.get('trust proxy fn');
  return typeof trusts === 'function' && trusts(request.socket.remoteAddress, 0) === true;
}

/**
 * Decides which requests are allowed. Any web page can send requests to 127.0.0.1 from its visitor's browser: by DNS rebinding, or
 * by forms, images and scripts. None of these is answered.
 */
import { timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { RequestProblem } from './request-problem.ts';

export interface CallerRules {
  /** Host names of the collector, in addition to those of this machine. */
  readonly allowedHosts: readonly string[];
  /** If set, every request must have it. */
  readonly token: string | undefined;
}

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Whether a name or address always means this machine. */
export function isLoopback(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost') || name === '::1') return true; // RFC 6761, section 6.3
  return isIP(name) === 4 && name.startsWith('127.');
}

/** `Host` is the host of the sender's URL, and no web site's URL has a name of this machine. */
export function checkHost({ host }: Headers, { allowedHosts, token }: CallerRules): void {
  if (token !== undefined) return; // a web site does not know the token
  const hostname = typeof host === 'string' ? hostnameOf(host) : undefined;
  if (hostname !== undefined && (isLoopback(hostname) || allowedHosts.includes(hostname))) return;
  throw new RequestProblem(
    403,
    `This collector answers requests to localhost only, got the host ${JSON.stringify(host ?? '')}. To use another name, start the collector with that name in allowedHosts.`,
  );
}

function hostnameOf(host: string): string | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[^:/?#@\s]+)(?::\d{1,5})?$/i.exec(host);
  return match?.[1]?.toLowerCase();
}

/** For all routes but ingest: allows the collector's own pages, and clients that are not browsers. */
export function checkSameOrigin(headers: Headers): void {
  const { host, origin } = headers;
  const site = headers['sec-fetch-site'];
  if (origin !== undefined && !(typeof origin === 'string' && originHost(origin) === host)) throw foreign(origin);
  // A request without Origin may be a link that a person opens: the other site does not see the answer. It may also be an image,
  // a script or a frame, which are refused.
  const isForeign = site === 'cross-site' || site === 'same-site';
  if (isForeign && (headers['sec-fetch-mode'] !== 'navigate' || headers['sec-fetch-dest'] !== 'document')) {
    throw foreign(origin);
  }
}

function foreign(origin: string | string[] | undefined): RequestProblem {
  return new RequestProblem(
    403,
    `Pages of other origins may not read traces${origin === undefined ? '' : `: ${origin}`}.`,
  );
}

function originHost(origin: string): string | undefined {
  return /^https?:\/\/([^/]+)$/.exec(origin)?.[1];
}

/**
 * For ingest: pages of this machine may send spans, from any port.
 *
 * @returns The page's origin, for the CORS headers; `undefined` if the client is not a page.
 */
export function checkIngestOrigin({ host, origin }: Headers): string | undefined {
  if (origin === undefined) return undefined;
  const originName = typeof origin === 'string' ? originHost(origin) : undefined;
  const hostname = originName === undefined ? undefined : hostnameOf(originName);
  if (hostname !== undefined && (isLoopback(hostname) || originName === host)) return String(origin);
  throw new RequestProblem(403, `Pages of ${origin} may not send spans: only pages of localhost may.`);
}

/** The cookie with the token, which the viewer's pages send. */
export const tokenCookie = 'waymark_token';

export function checkToken(headers: Headers, { token }: CallerRules): void {
  if (token === undefined || isSameToken(bearerOf(headers), token) || isSameToken(cookieOf(headers), token)) return;
  throw new RequestProblem(
    401,
    'This collector needs a token: send the header Authorization: Bearer <token>, or open the viewer once with ?token=<token>.',
  );
}

/** Compares in constant time. */
export function isSameToken(given: string | undefined, token: string): boolean {
  if (given === undefined) return false;
  const [one, other] = [Buffer.from(given), Buffer.from(token)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function bearerOf({ authorization }: Headers): string | undefined {
  return typeof authorization === 'string' ? /^Bearer +(\S+)$/i.exec(authorization)?.[1] : undefined;
}

function cookieOf({ cookie }: Headers): string | undefined {
  if (typeof cookie !== 'string') return undefined;
  for (const pair of cookie.split(';')) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === tokenCookie && value !== undefined) return value;
  }
  return undefined;
}

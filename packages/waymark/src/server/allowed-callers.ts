/**
 * Who may ask. A page of any web site can send requests to 127.0.0.1 from the browser of whoever looks at it: by a name
 * that its owner lets point there (DNS rebinding), by forms, images and scripts. None of these gets an answer.
 */
import { timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { RequestProblem } from './request-problem.ts';

export interface CallerRules {
  /** Names besides those of this machine that the collector is reached by. */
  readonly allowedHosts: readonly string[];
  /** Demanded of everybody if it is there. */
  readonly token: string | undefined;
}

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Names and addresses that are always this machine. */
export function isLoopback(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost') || name === '::1') return true; // RFC 6761, section 6.3
  return isIP(name) === 4 && name.startsWith('127.');
}

/** A `Host` is what the sender's URL says: no web site can have one that is this machine's. */
export function checkHost({ host }: Headers, { allowedHosts, token }: CallerRules): void {
  if (token !== undefined) return; // which no web site knows
  const hostname = typeof host === 'string' ? hostnameOf(host) : undefined;
  if (hostname !== undefined && (isLoopback(hostname) || allowedHosts.includes(hostname))) return;
  throw new RequestProblem(
    403,
    `This collector answers to localhost only, not to ${JSON.stringify(host ?? '')}. To reach it by another name, start it with that name in allowedHosts.`,
  );
}

function hostnameOf(host: string): string | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[^:/?#@\s]+)(?::\d{1,5})?$/i.exec(host);
  return match?.[1]?.toLowerCase();
}

/** For all but ingest: pages that the collector itself has served, and what is no page at all. */
export function checkSameOrigin(headers: Headers): void {
  const { host, origin } = headers;
  const site = headers['sec-fetch-site'];
  if (origin !== undefined && !(typeof origin === 'string' && originHost(origin) === host)) throw foreign(origin);
  // What has no Origin is a link that somebody follows, which shows them the answer and the other site nothing; or a
  // picture, script or frame, which has no business here.
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
 * For ingest: pages of this machine may send spans, from whatever port they come.
 *
 * @returns The origin that is to be told so; `undefined` for what is no page.
 */
export function checkIngestOrigin({ host, origin }: Headers): string | undefined {
  if (origin === undefined) return undefined;
  const originName = typeof origin === 'string' ? originHost(origin) : undefined;
  const hostname = originName === undefined ? undefined : hostnameOf(originName);
  if (hostname !== undefined && (isLoopback(hostname) || originName === host)) return String(origin);
  throw new RequestProblem(403, `Pages of ${origin} may not send spans: only those of localhost may.`);
}

/** The cookie that stands for the token, so that the viewer's pages can ask. */
export const tokenCookie = 'waymark_token';

export function checkToken(headers: Headers, { token }: CallerRules): void {
  if (token === undefined || isRight(bearerOf(headers), token) || isRight(cookieOf(headers), token)) return;
  throw new RequestProblem(
    401,
    'This collector wants a token: send the header Authorization: Bearer <token>, or open the viewer once with ?token=<token>.',
  );
}

/** In the same time whatever is wrong. */
export function isRight(given: string | undefined, token: string): boolean {
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

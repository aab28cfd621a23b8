/** Compiles the option `propagateTo`: the origins to which calls carry headers. */
import { isIP } from 'node:net';
import { invalidOption } from '../errors.ts';
import type { OutboundSettings } from '../outbound-settings.ts';
import { readOption } from '../read-option.ts';
import { boundedMemo } from './bounded-memo.ts';
import { compileNetworks } from './networks.ts';

/**
 * A rule for hosts: `*` for all hosts; `local` for this machine, private networks and their names; `api.example.com` for a host on
 * any port, or with a port; `*.example.com` for all its subdomains; `https://api.example.com` for one origin; a pattern for origins;
 * or a function of the origin, which is called once for each origin.
 */
export type HostRule = '*' | 'local' | (string & {}) | RegExp | ((origin: URL) => boolean);

/** One rule or several: a host is allowed if one of them matches. */
export type HostRules = HostRule | readonly HostRule[];

/** Hosts for all headers, or separate hosts for trace headers and for baggage. */
export type PropagateTo =
  | HostRules
  | {
      /** Default `'*'`. */
      readonly traceContext?: HostRules | undefined;
      /** Default `'local'`. */
      readonly baggage?: HostRules | undefined;
    };

/** Throws if a function of the host's throws. */
type IsAllowed = (url: string) => boolean;

// A service calls tens of origins. A crawler or a sender of webhooks calls any number, and must not remember them all.
const maxRemembered = 1000;

/**
 * @param propagateTo Default: trace headers to all hosts, baggage to `local` hosts.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` for a value that is not a rule.
 */
export function compilePropagateTo(
  propagateTo: PropagateTo = {},
): Pick<OutboundSettings, 'mayTrace' | 'mayCarryBaggage'> {
  if (isHostRules(propagateTo)) {
    const isAllowed = compileRules(propagateTo);
    return { mayTrace: isAllowed, mayCarryBaggage: isAllowed };
  }
  const unknown = Object.keys(propagateTo ?? {}).find((key) => key !== 'traceContext' && key !== 'baggage');
  if (propagateTo === null || typeof propagateTo !== 'object' || unknown !== undefined) throw notRules(propagateTo);
  const { traceContext = '*', baggage = 'local' } = readHosts(propagateTo);
  return {
    mayTrace: compileRules(traceContext),
    mayCarryBaggage: compileRules(baggage),
  };
}

/** The hosts for trace headers, and those for baggage; `undefined` where none are given. */
export function readHosts(propagateTo: Exclude<PropagateTo, HostRules>): {
  traceContext: HostRules | undefined;
  baggage: HostRules | undefined;
} {
  const read = (name: string) => readOption(propagateTo, name) as HostRules | undefined; // checked when it is compiled
  return { traceContext: read('traceContext'), baggage: read('baggage') };
}

export function isHostRules(value: PropagateTo): value is HostRules {
  return typeof value === 'string' || typeof value === 'function' || value instanceof RegExp || Array.isArray(value);
}

/** @returns `undefined` if all hosts are allowed, so that no check has to run. */
function compileRules(rules: HostRules): IsAllowed | undefined {
  const list: readonly HostRule[] = isHostRules(rules) && Array.isArray(rules) ? rules : [rules as HostRule]; // each rule is checked by compileRule()
  if (list.includes('*')) return undefined;
  const tests = list.map(compileRule);
  const isOriginAllowed = boundedMemo(maxRemembered, (origin) => {
    if (!URL.canParse(origin)) return false;
    const url = new URL(origin);
    return tests.some((test) => test(url));
  });
  return (url) => isOriginAllowed(originOf(url));
}

function compileRule(rule: HostRule): (origin: URL) => boolean {
  if (typeof rule === 'function') return (origin) => rule(origin) === true;
  if (rule instanceof RegExp) {
    // `g` and `y` make a pattern remember where it stopped.
    const pattern = new RegExp(rule.source, rule.flags.replace(/[gy]/g, ''));
    return ({ origin }) => pattern.test(origin);
  }
  if (rule === 'local') return isLocal;
  if (typeof rule !== 'string' || rule === '') throw notRules(rule);
  if (rule.startsWith('*.')) {
    const { hostname } = parseRule(`http://${rule.slice(2)}`, rule);
    return (origin) => hostOf(origin).endsWith(`.${hostname}`);
  }
  const isOrigin = rule.includes('://');
  const expected = parseRule(isOrigin ? rule : `http://${rule}`, rule);
  if (isOrigin) return ({ origin }) => origin === expected.origin;
  const port = /:(\d+)$/.exec(rule)?.[1];
  return (origin) => hostOf(origin) === hostOf(expected) && (port === undefined || portOf(origin) === port);
}

function parseRule(text: string, rule: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isBare = url && url.pathname === '/' && `${url.search}${url.hash}${url.username}${url.password}` === '';
  if (!isBare || /[*\s]/.test(text)) throw notRules(rule);
  return url;
}

function notRules(value: unknown): Error {
  return invalidOption(
    'propagateTo',
    value,
    "hosts ('local', 'api.example.com', '*.example.com'), patterns or functions, or { traceContext, baggage } of these",
    "Use { baggage: ['local', '*.example.com'] } to send baggage to your own hosts.",
  );
}

const isLocalAddress = compileNetworks(['loopback', 'private']);

// RFC 6761 (localhost), RFC 6762 (local), ICANN's resolution 2024.07.29.06 (internal), and Kubernetes' domain of services (svc).
const localName = /(^|\.)(localhost|local|internal|svc)$/;

/** Whether a host is on this machine or in a private network, judged by its name alone. No name is resolved. */
function isLocal(origin: URL): boolean {
  const host = hostOf(origin);
  if (isIP(host) !== 0) return isLocalAddress?.(host) === true;
  return host !== '' && (!host.includes('.') || localName.test(host));
}

/** The host name without the brackets of IPv6 and a final dot. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$|\.$/g, '');
}

function portOf({ port, protocol }: URL): string {
  return port || (protocol === 'https:' ? '443' : '80');
}

/** Scheme, host and port of a URL, without user name and password. */
function originOf(url: string): string {
  const start = url.indexOf('://') + 3;
  let end = start;
  while (end < url.length && !'/?#'.includes(url.charAt(end))) end++;
  const at = url.lastIndexOf('@', end - 1);
  return at < start ? url.slice(0, end) : url.slice(0, start) + url.slice(at + 1, end);
}

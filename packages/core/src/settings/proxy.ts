/**
 * Chooses the proxy for a receiver, by `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` as curl, Go and Node read them. The lower-case names
 * win. A receiver on this machine is reached without a proxy, as in Go: a proxy could not reach it.
 */
import { BlockList, isIP } from 'node:net';
import { showUrl } from './http-forms.ts';
import type { SettingOrigin } from './resolve-settings.ts';
import { type Environment, type Form, Unreadable } from './setting.ts';

export interface ProxySettings {
  readonly url: URL;
  /** Without user and password. */
  readonly shown: string;
  /** The variable or option that names the proxy. */
  readonly from: string;
}

export interface ResolvedProxy {
  readonly proxy: ProxySettings | undefined;
  readonly origin: SettingOrigin;
  readonly warnings: readonly string[];
}

const expected = 'the URL of an HTTP proxy, such as http://proxy.example.com:3128 (SOCKS is not supported)';

/** In code: a URL, or `false` to ignore the variables. */
export const proxyForm: Form<string | false> = {
  check(value) {
    if (value === false) return false;
    return readProxyUrl(value instanceof URL ? value.href : value)?.href ?? new Unreadable(`${expected}, or false`);
  },
};

/** @param given The option. It counts for every receiver, also on this machine. */
export function resolveProxy(receiver: string, given: string | false | undefined, env: Environment): ResolvedProxy {
  if (given === false) return without('none', 'code');
  if (given !== undefined) return through(new URL(given), 'the proxy option', 'code');
  const url = new URL(receiver);
  const variable = variablesOf(url, env).find((name) => env[name]?.trim());
  const text = variable === undefined ? undefined : env[variable]?.trim();
  if (variable === undefined || text === undefined) return without('none', 'default');
  if (isOnThisMachine(url)) return without('none, for a receiver on this machine', variable);
  const exception = ['no_proxy', 'NO_PROXY'].find((name) => env[name]?.trim());
  if (exception !== undefined && isExcepted(url, env[exception] ?? '')) return without('none', exception);
  const proxy = readProxyUrl(text);
  if (proxy !== undefined) return through(proxy, variable, variable);
  const warning = `${variable}=${showUrl(text)} was ignored: it must be ${expected}`;
  return { ...without('none', 'default'), warnings: [warning] };
}

function variablesOf({ protocol }: URL, env: Environment): readonly string[] {
  if (protocol === 'https:') return ['https_proxy', 'HTTPS_PROXY'];
  // In a CGI script, HTTP_PROXY is the header `Proxy` of the request: https://httpoxy.org
  return env.REQUEST_METHOD === undefined ? ['http_proxy', 'HTTP_PROXY'] : ['http_proxy'];
}

function through(url: URL, from: string, place: string): ResolvedProxy {
  const shown = url.origin;
  return { proxy: { url, shown, from }, origin: { name: 'proxy', value: shown, from: place }, warnings: [] };
}

function without(value: string, from: string): ResolvedProxy {
  return { proxy: undefined, origin: { name: 'proxy', value, from }, warnings: [] };
}

function readProxyUrl(text: unknown): URL | undefined {
  if (typeof text !== 'string') return undefined;
  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`; // curl and Go accept `proxy:3128` too
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  return (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '' ? url : undefined;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('0.0.0.0');
loopback.addAddress('::1', 'ipv6');
loopback.addAddress('::', 'ipv6');

function isOnThisMachine(url: URL): boolean {
  const host = hostOf(url);
  return host === 'localhost' || host.endsWith('.localhost') || isIn(loopback, host);
}

/** The host without the brackets of IPv6 and without a final dot. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

function isIn(list: BlockList, host: string): boolean {
  const version = isIP(host);
  return version !== 0 && list.check(host, version === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Matches one entry of `NO_PROXY`. `*` matches every host. A name matches itself and its subdomains, with or without `.` or `*.` in
 * front. An address matches itself, or its network with a suffix such as `/8`. An entry with a port matches only that port.
 */
function isExcepted(url: URL, list: string): boolean {
  const host = hostOf(url);
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return list.split(/[\s,]+/).some((entry) => {
    if (entry === '*') return true;
    const [, inBrackets, plain = '', itsPort = ''] =
      /^(?:\[([^\]]*)\]|([^:]*|.*:.*:.*?))(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
    if (itsPort !== '' && itsPort !== port) return false;
    return matchesHost(host, (inBrackets ?? plain).replace(/^\*?\./, '').replace(/\.$/, ''));
  });
}

function matchesHost(host: string, pattern: string): boolean {
  if (pattern === '') return false;
  const [address = '', prefix] = pattern.split('/');
  const version = isIP(address);
  if (version === 0) return host === pattern || host.endsWith(`.${pattern}`);
  const bits = prefix === undefined ? (version === 6 ? 128 : 32) : Number(prefix);
  if (!Number.isInteger(bits) || bits < 0 || bits > (version === 6 ? 128 : 32)) return false;
  const network = new BlockList();
  network.addSubnet(address, bits, version === 6 ? 'ipv6' : 'ipv4');
  return isIn(network, host);
}

/** Reads host and port from a `Host` header, and from a URL. */

export interface HostParts {
  readonly address: string;
  readonly port: number | undefined;
}

/**
 * Splits `example.com`, `example.com:8080`, `127.0.0.1:3000` and `[::1]:3000`. IPv6 addresses lose their brackets.
 *
 * @returns `undefined` if the string is not a host.
 */
export function parseHost(host: string): HostParts | undefined {
  const isBracketed = host.charCodeAt(0) === openingBracket;
  const bracket = host.lastIndexOf(']');
  if (isBracketed !== (bracket !== -1)) return undefined;
  const colon = host.indexOf(':', bracket + 1);
  const end = colon === -1 ? host.length : colon;
  if (isBracketed && bracket + 1 !== end) return undefined;
  const address = isBracketed ? host.slice(1, bracket) : host.slice(0, end);
  if (address === '') return undefined;
  return { address, port: colon === -1 ? undefined : parsePort(host.slice(colon + 1)) };
}

const openingBracket = 91;

function parsePort(digits: string): number | undefined {
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  return port > 0 && port < 65_536 ? port : undefined;
}

/** Host and port of an HTTP URL, without user name and password. Without a port, the scheme's default. */
export function serverOfUrl(url: string): { readonly address: string; readonly port: number } | undefined {
  const start = url.indexOf('://') + 3;
  let end = start;
  while (end < url.length && !endsAuthority(url.charCodeAt(end))) end++;
  const at = url.lastIndexOf('@', end - 1);
  const host = parseHost(url.slice(at < start ? start : at + 1, end));
  return host && { address: host.address, port: host.port ?? (url.startsWith('https:') ? 443 : 80) };
}

/** RFC 3986, section 3.2: a slash, a question mark or a number sign ends the authority. */
function endsAuthority(code: number): boolean {
  return code === 47 || code === 63 || code === 35;
}

/** The parts of a `Host` header. */

export interface HostParts {
  readonly address: string;
  readonly port: number | undefined;
}

/**
 * Takes `example.com`, `example.com:8080`, `127.0.0.1:3000`, `[::1]:3000` apart. IPv6 addresses lose their brackets.
 *
 * @returns `undefined` for what is no host.
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

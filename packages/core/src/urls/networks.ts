/** Tests whether an address belongs to a network. */
import { BlockList, isIP, isIPv6 } from 'node:net';
import { boundedMemo } from './bounded-memo.ts';

// A check of the list takes some 3 µs, and a service has few peers.
const maxRemembered = 1000;

/** `loopback`, `private`, an address, or a block of them such as `10.1.0.0/16` or `fd00:1::/48`. */
export type Network = 'loopback' | 'private' | (string & {});

const namedNetworks: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1'],
  // RFC 1918, section 3, and RFC 4193, section 3.1. Without the networks of providers (100.64.0.0/10), and link-local ones.
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/**
 * @returns A test for address strings, IPv4 also in its IPv6 form. `undefined` if one of the networks is not valid.
 */
export function compileNetworks(networks: readonly string[]): ((address: string) => boolean) | undefined {
  const list = new BlockList();
  for (const network of networks.flatMap((name) => (Object.hasOwn(namedNetworks, name) ? namedNetworks[name] : name))) {
    if (typeof network !== 'string' || !addNetwork(list, network)) return undefined;
  }
  return boundedMemo(maxRemembered, (address) => {
    const zone = address.indexOf('%'); // fe80::1%eth0
    const bare = zone === -1 ? address : address.slice(0, zone);
    return isIP(bare) !== 0 && list.check(bare, isIPv6(bare) ? 'ipv6' : 'ipv4');
  });
}

function addNetwork(list: BlockList, network: string): boolean {
  const [address = '', prefix, ...more] = network.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  const type = family === 6 ? 'ipv6' : 'ipv4';
  if (prefix === undefined) {
    list.addAddress(address, type);
    return true;
  }
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 6 ? 128 : 32)) return false;
  list.addSubnet(address, Number(prefix), type);
  return true;
}

/** The server that a channel leads to, from the target that the application has given. */
import type { AttributeList } from '../../attributes.ts';
import { SharedAttributes } from '../../shared-attributes.ts';
import type { Channel } from './grpc-types.ts';

export interface ChannelTarget {
  /** The attributes of all calls on the channel. */
  readonly shared: SharedAttributes;
  /** For the rules of `propagateTo`. */
  readonly origin: string;
}

const targets = new WeakMap<object, ChannelTarget>();

/** The target of a channel, which never changes. */
export function targetOf(channel: Channel): ChannelTarget {
  let target = targets.get(channel);
  if (target === undefined) {
    target = readChannel(channel);
    targets.set(channel, target);
  }
  return target;
}

function readChannel(channel: Channel): ChannelTarget {
  const { address, port } = readTarget(String(channel.getTarget()));
  const list: AttributeList = ['rpc.system.name', 'grpc'];
  if (address !== undefined) list.push('server.address', address);
  if (port !== undefined) list.push('server.port', port);
  const isSecure = channel.internalChannel?.credentials?._isSecure?.() !== false;
  // A socket of Unix leads to this machine.
  const host = address === undefined || address.includes('/') ? 'localhost' : address;
  return {
    shared: new SharedAttributes(list),
    origin: `${isSecure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}${port === undefined ? '' : `:${port}`}`,
  };
}

/**
 * Reads `dns:///shop.example:443`, `dns:shop.example`, `ipv4:10.0.0.1:443`, `ipv6:[::1]:443`, `unix:/run/shop.sock`, `shop.example:443`. A
 * target of another kind, and a list of addresses, is recorded whole, without a port.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/naming.md
 */
export function readTarget(target: string): { readonly address?: string; readonly port?: number } {
  const [, scheme = '', rest = ''] = /^(?:(dns|ipv4|ipv6|unix|unix-abstract):)?(.*)$/.exec(target) ?? [];
  if (scheme.startsWith('unix')) return rest === '' ? {} : { address: rest.replace(/^\/\/(?=\/)/, '') };
  // A name server may come before the name: dns://8.8.8.8/shop.example
  const name = rest.replace(/^\/\/[^/]*\//, '');
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:/,[\]]+))(?::(\d{1,5}))?$/.exec(name) ?? [];
  const address = bracketed ?? plain;
  if (address !== undefined) {
    return port === undefined ? { address } : { address, port: Number(port) };
  }
  if (/^[\da-f:]+$/i.test(name) && name.includes('::')) return { address: name }; // IPv6 without brackets and port
  return target === '' ? {} : { address: target };
}

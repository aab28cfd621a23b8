/** Takes a port on all addresses of the collector, or on none of them. */
import type { RequestListener } from 'node:http';
import { CollectorError } from './collector-error.ts';
import { type Address, type Listener, listen } from './listen.ts';
import { findPortOwner } from './port-owner.ts';

/** Both, since the system resolves `localhost` to either. */
const loopbackHosts = ['127.0.0.1', '::1'];

// How many ports above the given one are tried.
const nextPorts = 20;

export interface PortOptions {
  /** `undefined` for loopback only. */
  readonly host: string | undefined;
  /** 0 for any free port. */
  readonly port: number;
  readonly ifPortTaken: 'throw' | 'next';
  /** The name of the option, for messages. */
  readonly name: string;
  readonly onProtocolError?: (message: string) => void;
}

type Addresses = readonly Omit<Address, 'port'>[];

/** @throws {CollectorError} `WAYMARK_PORT_TAKEN`, with the program that has the port, and the next free one. */
export async function takePort(options: PortOptions, handle: RequestListener): Promise<Listener> {
  const { host, port, ifPortTaken, name, onProtocolError } = options;
  const addresses = (host === undefined ? loopbackHosts : [host]).map((each) => ({ host: each, onProtocolError }));
  const first = await tryPort(addresses, port, handle);
  if ('port' in first) return first;
  const next = await findNext(addresses, port, handle);
  if (next !== undefined && ifPortTaken === 'next') return next;
  await next?.close();
  const owner = await findPortOwner(port);
  const offer = next === undefined ? 'Choose another.' : `${next.port} is free.`;
  throw new CollectorError(
    'WAYMARK_PORT_TAKEN',
    `Port ${port} is taken by ${owner.description}. ${offer} The option is ${name}.`,
    { owner, nextFreePort: next?.port, cause: first.error },
  );
}

async function findNext(addresses: Addresses, port: number, handle: RequestListener): Promise<Listener | undefined> {
  for (let next = port + 1; next <= Math.min(port + nextPorts, 65_535); next++) {
    const taken = await tryPort(addresses, next, handle);
    if ('port' in taken) return taken;
  }
  return undefined;
}

/** Returns the error if the port is taken, and throws any other one. */
async function tryPort(
  addresses: Addresses,
  port: number,
  handle: RequestListener,
): Promise<Listener | { readonly error: unknown }> {
  for (let attempt = 0; ; attempt++) {
    const listeners: Listener[] = [];
    const close = async (): Promise<void> => {
      await Promise.all(listeners.map((listener) => listener.close()));
    };
    try {
      for (const address of addresses) {
        const listener = await listen({ ...address, port: listeners[0]?.port ?? port }, handle).catch(
          (error: unknown) => {
            // This machine or container has no IPv6: IPv4 is enough.
            if (listeners.length > 0 && (codeOf(error) === 'EADDRNOTAVAIL' || codeOf(error) === 'EAFNOSUPPORT')) return;
            throw error;
          },
        );
        if (listener !== undefined) listeners.push(listener);
      }
      const [first] = listeners as [Listener]; // the first address never is skipped
      return { port: first.port, close };
    } catch (error) {
      await close();
      if (codeOf(error) !== 'EADDRINUSE') throw error;
      // The system chose an IPv4 port that is taken on IPv6.
      if (port !== 0 || attempt === 10) return { error };
    }
  }
}

function codeOf(error: unknown): unknown {
  // Without instanceof: in Jest, Node's errors are of another realm.
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/**
 * The classes of MongoDB's driver that send commands. The driver does not export them, so they are found through a client: its
 * topology has the servers, a server has a pool, and a pool hands out connections.
 *
 * The driver's own command monitoring is not used, for three reasons. Its flag is copied by connections when they open, so a client
 * that is connected already would stay without spans. It decodes each reply a second time. And its listeners are the application's
 * to count.
 *
 * - `Connection#command()` is one command, retries included: each attempt is a call. From 6.4 on it runs in the caller's context.
 *   Before that, `ConnectionPool#checkOut()` called back in the context in which the connection was returned.
 * - `ConnectionPool#checkOut()` and `Topology#selectServer()` fail before there is a command. Then the span of the failed operation
 *   is made from their arguments.
 */
import { bind, withContext } from '../../active-context.ts';
import { contained } from '../../count-fault.ts';
import { SharedAttributes } from '../../shared-attributes.ts';
import type { Operation } from '../operation.ts';
import { wrapOnce } from '../wrap-once.ts';
import { beginCommand, callerOfDriver, endFailed, endReplied, type Namespace, recordUnsent } from './command-span.ts';

// biome-ignore lint/suspicious/noExplicitAny: the driver's methods, whose arguments differ from version to version
type Method = (this: any, ...args: any[]) => any;

/** The parts of the driver's classes that are used here, in all versions from 6.0 on. */
export interface MongoClientLike {
  connect(): unknown;
  startSession(): unknown;
  readonly topology?: Topology | undefined;
}

interface Topology {
  selectServer: Method;
  readonly s?: { readonly servers?: ReadonlyMap<string, Server> };
}

interface Server {
  command: Method;
  readonly pool?: Pool;
}

interface Pool {
  checkOut: Method;
  readonly address?: string;
  readonly options?: { readonly hostAddress?: HostAddress };
}

interface HostAddress {
  readonly host?: string;
  readonly port?: number;
  readonly socketPath?: string;
}

interface Connection {
  command: Method;
  /** The other end: `127.0.0.1:27017`, or the path of a socket. */
  readonly address?: string;
}

/** The attributes of the server at the other end of a connection. */
const servers = new WeakMap<object, SharedAttributes>();

/**
 * Wraps the classes behind a client, if it has connected.
 *
 * @returns Whether they are wrapped, also by another copy of this package or another tracer.
 */
export function wrapDriver({ topology }: MongoClientLike): boolean {
  const [server] = topology?.s?.servers?.values() ?? [];
  if (topology === undefined || server?.pool === undefined) return false;
  const outcome = wrapOnce(prototypeWith(server.pool, 'checkOut'), 'checkOut', wrapCheckOut);
  if (outcome !== 'wrapped') return true;
  wrapOnce(prototypeWith(server, 'command'), 'command', wrapServerCommand);
  wrapOnce(prototypeWith(topology, 'selectServer'), 'selectServer', wrapSelectServer);
  return true;
}

/** The class that has a method, under those that inherit it: `CryptoConnection#command()` calls that of `Connection`. */
function prototypeWith<Instance extends object>(instance: Instance, name: keyof Instance): Instance {
  let found = instance;
  for (let object: object | null = instance; object !== null; object = Object.getPrototypeOf(object)) {
    if (Object.hasOwn(object, name)) found = object as Instance;
  }
  return found;
}

/**
 * Calls back before the driver's own continuation, so that the first command on a connection is traced, too. The driver itself awaits
 * each of these promises: none would be rejected without a handler.
 */
function observe(promise: unknown, fulfilled: (value: unknown) => void, rejected: (error: unknown) => void): void {
  if (typeof (promise as Partial<Promise<unknown>> | undefined)?.then !== 'function') return;
  (promise as Promise<unknown>).then(fulfilled, rejected);
}

/** What {@link wrapServerCommand} was called with, while the driver is in its synchronous part: it asks the pool there. */
let asking: { readonly name: unknown; readonly namespace: Namespace | undefined } | undefined;

function wrapServerCommand(original: Method): Method {
  return function command(this: Server, ...args: unknown[]) {
    const before = asking;
    asking = contained(describeCommand)(args[0], args[1]);
    try {
      return original.apply(this, args);
    } finally {
      asking = before;
    }
  };
}

/** `(operation, …)`, or before 6.18 `(namespace, command, …)`. */
function describeCommand(first: unknown, second: unknown): typeof asking {
  const { ns, commandName } = first as { ns?: Namespace; commandName?: unknown };
  if (ns !== undefined) return { name: commandName, namespace: ns };
  const [name] = typeof second === 'object' && second !== null ? Object.keys(second) : [];
  return { name, namespace: first as Namespace };
}

function wrapCheckOut(original: Method): Method {
  return function checkOut(this: Pool, ...args: unknown[]) {
    const caller = callerOfDriver();
    const asked = asking;
    const startTime = performance.now();
    const handedOut = contained((connection: Connection) => traceConnection(connection, this));
    const failed = contained((error: unknown) => {
      if (caller !== undefined) {
        recordUnsent(caller, asked?.name, asked?.namespace, serverOf(this, undefined), startTime, error);
      }
    });
    if (typeof args[0] === 'function') {
      // Before 6.4.
      const callback = bind(args[0] as Method);
      args[0] = (error: unknown, connection: Connection | undefined) => {
        if (connection === undefined) failed(error);
        else handedOut(connection);
        return callback(error, connection);
      };
      return original.apply(this, args);
    }
    const promise: unknown = original.apply(this, args);
    observe(promise, (connection) => handedOut(connection as Connection), failed);
    return promise;
  };
}

function traceConnection(connection: Connection, pool: Pool): void {
  if (servers.has(connection)) return;
  servers.set(connection, serverOf(pool, connection.address));
  wrapOnce(prototypeWith(connection, 'command'), 'command', wrapConnectionCommand);
}

function serverOf({ options, address = '' }: Pool, peer: string | undefined): SharedAttributes {
  const { host, port, socketPath } = options?.hostAddress ?? splitAddress(address);
  const name = socketPath ?? host;
  const list: (string | number)[] = ['db.system.name', 'mongodb'];
  if (typeof name === 'string' && name !== '') {
    list.push('server.address', name);
    if (socketPath === undefined && typeof port === 'number') list.push('server.port', port);
  }
  const { host: peerHost, port: peerPort } = splitAddress(peer ?? '');
  if (peerHost !== undefined && peerPort !== undefined) {
    list.push('network.peer.address', peerHost, 'network.peer.port', peerPort);
  }
  return new SharedAttributes(list);
}

/** `127.0.0.1:27017`, `[::1]:27017`. */
function splitAddress(address: string): HostAddress {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(address) ?? [];
  const host = bracketed ?? plain;
  return host === undefined ? {} : { host, port: Number(port) };
}

function wrapConnectionCommand(original: Method): Method {
  // Before 6.4 the fourth argument is a callback; from 6.8 on it is the class of the reply, a function, too.
  const takesCallback = original.length === 4;
  return function command(this: Connection, ...args: unknown[]) {
    const operation = contained(begin)(this, args[0], args[1]);
    if (operation === undefined) return original.apply(this, args);
    const replied = contained((reply: unknown) => endReplied(operation, reply));
    const failed = contained((error: unknown) => endFailed(operation, error));
    const callback = args[3];
    if (takesCallback && typeof callback === 'function') {
      args[3] = (error: unknown, reply: unknown) => {
        if (error === undefined || error === null) replied(reply);
        else failed(error);
        return withContext(operation.caller, () => (callback as Method)(error, reply));
      };
      return original.apply(this, args);
    }
    const promise: unknown = original.apply(this, args);
    observe(promise, replied, failed);
    return promise;
  };
}

function begin(connection: Connection, namespace: unknown, command: unknown): Operation | undefined {
  const caller = callerOfDriver();
  if (caller === undefined || typeof command !== 'object' || command === null) return undefined;
  return beginCommand(caller, (namespace ?? {}) as Namespace, command, servers.get(connection));
}

function wrapSelectServer(original: Method): Method {
  return function selectServer(this: Topology, ...args: unknown[]) {
    const caller = callerOfDriver();
    if (caller === undefined) return original.apply(this, args);
    const startTime = performance.now();
    const { operationName } = (args[1] ?? {}) as { operationName?: unknown };
    const failed = contained((error: unknown) => {
      recordUnsent(caller, operationName, undefined, undefined, startTime, error);
    });
    const callback = args[2];
    if (typeof callback === 'function') {
      // Before 6.6.
      args[2] = (error: unknown, server: unknown) => {
        if (error !== undefined && error !== null) failed(error);
        return withContext(caller, () => (callback as Method)(error, server));
      };
      return original.apply(this, args);
    }
    const promise: unknown = original.apply(this, args);
    observe(promise, ignore, failed);
    return promise;
  };
}

function ignore(): void {}

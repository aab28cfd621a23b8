/**
 * Owns a file by a listening socket next to it. The kernel closes the socket when its process ends, in whatever way.
 * Every process that sees the folder can check whether the owner is alive: by another path, in another container, with
 * another driver of SQLite.
 */
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, closeSync, openSync, readdirSync, readlinkSync, renameSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';

export type SocketClaim =
  | { readonly type: 'owned'; release(): void }
  /** `pid` is `undefined` if the owner has no number here because it is in another container. */
  | { readonly type: 'in-use'; readonly pid: number | undefined }
  /** The file system does not support sockets. */
  | { readonly type: 'impossible' };

// Two processes that start at the same time see each other. A socket older than this is not from the same moment.
const youngMs = 1000;
const giveUpAfterMs = 5000;

// A process that was killed between two calls leaves a socket that it has not published.
const forsakenMs = 60_000;

/**
 * A socket has a unique name, and has it only while it listens. So a dead socket stays dead, and any process may delete
 * it. Each process first publishes its socket and then checks the others: of two processes, at least one sees the
 * other.
 *
 * @param path The path of the file, without links.
 */
export function ownBySocket(path: string): SocketClaim {
  if (process.platform === 'win32') return ownByPipe(path);
  const folder = openFolder(dirname(path));
  const startedMs = Date.now();
  let own = publishSocket(folder, path);
  while (own !== undefined) {
    const { name, release } = own;
    const others = findOthers(folder, path, name);
    if (others.length === 0) {
      return {
        type: 'owned',
        release() {
          release();
          folder.close();
        },
      };
    }
    const old = others.find(({ ageMs }) => ageMs > youngMs) ?? (Date.now() - startedMs > giveUpAfterMs && others[0]);
    if (old) {
      release();
      folder.close();
      return { type: 'in-use', pid: pidOf(old.name) };
    }
    // Among processes that start at the same moment, the one with the first name stays, and the others try again.
    const isFirst = others.every((other) => name < other.name);
    if (!isFirst) release();
    pause(isFirst ? 5 : 20 + Math.random() * 80);
    if (!isFirst) own = publishSocket(folder, path);
  }
  folder.close();
  return { type: 'impossible' };
}

interface Folder {
  readonly path: string;
  /**
   * The address of a socket in a folder. It has at most 107 bytes on Linux and 103 on macOS, however long the path of
   * the folder is.
   */
  addressOf(name: string): string;
  close(): void;
}

function openFolder(path: string): Folder {
  if (process.platform !== 'linux') return { path, addressOf: (name) => join(path, name), close() {} };
  const fd = openSync(path, 'r');
  return { path, addressOf: (name) => `/proc/self/fd/${fd}/${name}`, close: () => closeSync(fd) };
}

interface OwnSocket {
  readonly name: string;
  release(): void;
}

function publishSocket(folder: Folder, path: string): OwnSocket | undefined {
  const unique = `${process.pid}.${pidNamespace()}.${randomBytes(6).toString('hex')}`;
  const name = `${prefixOf(path)}${unique}`;
  const hidden = `${name}.new`;
  const server = createServer((socket) => socket.destroy());
  server.on('error', () => {}); // listens() checks the outcome
  if (!listens(server, folder.addressOf(hidden))) return undefined;
  server.unref();
  try {
    chmodSync(join(folder.path, hidden), 0o600);
    renameSync(join(folder.path, hidden), join(folder.path, name));
  } catch (error) {
    server.close();
    throw error;
  }
  return {
    name,
    release() {
      rmSync(join(folder.path, name), { force: true });
      server.close();
    },
  };
}

/** In a worker of a cluster, too, this process must own the socket. Node then listens before listen() returns. */
function listens(server: Server, address: string): boolean {
  server.listen({ path: address, exclusive: true });
  return server.listening;
}

interface OtherSocket {
  readonly name: string;
  readonly ageMs: number;
}

/** Deletes dead sockets. */
function findOthers(folder: Folder, path: string, own: string): readonly OtherSocket[] {
  const prefix = prefixOf(path);
  const names: string[] = [];
  for (const name of readdirSync(folder.path)) {
    if (!name.startsWith(prefix) || name === own) continue;
    const { unique, isNew } = namePattern.exec(name.slice(prefix.length))?.groups ?? {};
    if (unique === undefined) continue;
    if (isNew === undefined) names.push(name);
    else if (ageOf(folder, name) > forsakenMs) rmSync(join(folder.path, name), { force: true });
  }
  if (names.length === 0) return [];
  const alive = askWhetherAlive(names.map(folder.addressOf));
  return names.flatMap((name, index) => {
    if (alive[index] !== false) return [{ name, ageMs: ageOf(folder, name) }];
    rmSync(join(folder.path, name), { force: true });
    return [];
  });
}

/** 0 if it is gone. */
function ageOf(folder: Folder, name: string): number {
  const changedMs = statSync(join(folder.path, name), { throwIfNoEntry: false })?.ctimeMs;
  return changedMs === undefined ? 0 : Date.now() - changedMs;
}

/** The name of a socket: the process number, the namespace of that number, and a part that makes it unique. */
const namePattern = /^(?<pid>\d+)\.(?<namespace>\d+)\.(?<unique>[0-9a-f]{12})(?<isNew>\.new)?$/;

/** A file name may be longer than an address, so it is hashed. */
function prefixOf(path: string): string {
  const name = basename(path);
  const short = name.length <= 32 ? name : createHash('sha256').update(name).digest('hex').slice(0, 16);
  return `${short}.owner.`;
}

function pidOf(name: string): number | undefined {
  const { pid, namespace } = namePattern.exec(name.split('.owner.').at(-1) ?? '')?.groups ?? {};
  return namespace === pidNamespace() ? Number(pid) : undefined;
}

/** Processes of two containers may have the same number. */
function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0'; // only Linux has namespaces
  }
}

// Connecting needs an event loop, and this thread is blocked, so another process connects. It gets no NODE_OPTIONS,
// which may load any module.
const connectEach = `
  const { connect } = require('node:net');
  const { addresses, shared } = require('node:worker_threads').workerData;
  const states = new Int32Array(shared);
  const settle = (index, state) => {
    states[index + 1] = state;
    Atomics.sub(states, 0, 1);
    Atomics.notify(states, 0);
  };
  addresses.forEach((path, index) => {
    const socket = connect({ path }, () => {
      socket.destroy();
      settle(index, 1);
    });
    socket.on('error', ({ code }) => settle(index, code === 'ECONNREFUSED' || code === 'ENOENT' ? 2 : 1));
  });
`;

/** An owner that does not refuse the connection is alive, even if it is stopped, busy, or run by another user. */
function askWhetherAlive(addresses: readonly string[]): readonly boolean[] {
  const shared = new SharedArrayBuffer(4 * (addresses.length + 1));
  const states = new Int32Array(shared);
  states[0] = addresses.length;
  const worker = new Worker(connectEach, { eval: true, workerData: { addresses, shared }, execArgv: [], env: {} });
  worker.on('error', () => {});
  worker.unref();
  const endMs = Date.now() + giveUpAfterMs;
  for (let left = addresses.length; left > 0 && Date.now() < endMs; left = Atomics.load(states, 0)) {
    Atomics.wait(states, 0, left, endMs - Date.now());
  }
  return addresses.map((_, index) => states[index + 1] !== 2);
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** On Windows, a pipe ends with its process, and each name has one first pipe. */
function ownByPipe(path: string): SocketClaim {
  const server = createServer((socket) => socket.destroy());
  server.on('error', () => {});
  const key = createHash('sha256').update(path.toLowerCase()).digest('hex').slice(0, 32);
  if (!listens(server, `\\\\.\\pipe\\waymark-${key}`)) return { type: 'in-use', pid: undefined };
  server.unref();
  return { type: 'owned', release: () => server.close() };
}

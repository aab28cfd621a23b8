// Redis, from Debian's package `redis-server`.
import { programsOf } from './programs.ts';
import { makeFolder, runServer } from './run-server.ts';
import type { Service } from './service.ts';
import { tryPorts } from './try-ports.ts';

export interface RedisOptions {
  /** Default: the server asks for none. */
  readonly password?: string;
}

export function startRedis({ password = '' }: RedisOptions = {}): Promise<Service> {
  return tryPorts(1, async ([port = 0]) => {
    const { stop } = await runRedis(port, password === '' ? [] : ['--requirepass', password]);
    const url = `redis://${password === '' ? '' : `:${password}@`}127.0.0.1:${port}/0`;
    return { host: '127.0.0.1', port, user: '', password, database: '0', url, stop };
  });
}

/** One server, without anything on disk. */
export async function runRedis(port: number, args: readonly string[]): Promise<{ stop(): Promise<void> }> {
  const folder = await makeFolder('redis');
  return runServer({
    command: programsOf('redis')['redis-server'] as string, // programsOf() has found all
    args: ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder, ...args],
    folder,
    ready: /Ready to accept connections/,
    signal: 'KILL',
  });
}

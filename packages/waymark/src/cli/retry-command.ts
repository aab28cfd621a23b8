/** The same command with another port, for a user whose port is taken. */
import { realpathSync } from 'node:fs';
import type { CollectorOptions } from '../collector.ts';
import type { CollectorError } from '../server/collector-error.ts';
import { connectTo } from './collector-client.ts';
import { quoteForShell } from './quote-for-shell.ts';
import type { Arguments } from './read-arguments.ts';

export function retryCommand({ values }: Arguments, port: number, isInMemory: boolean): string {
  const kept = Object.entries(values).filter(
    ([name]) => name !== 'port' && !(isInMemory && /^(?:db|memory)$/.test(name)),
  );
  const words = kept.flatMap(([name, value]) => (value === true ? [`--${name}`] : [`--${name}`, String(value)]));
  return ['waymark', '--port', String(port), ...(isInMemory ? ['--memory'] : []), ...words]
    .map(quoteForShell)
    .join(' ');
}

/** Whether the collector that has the port also has the file. A second one then needs another place for its traces. */
export async function hasOurStore(
  owner: CollectorError['owner'],
  { port = 4318, path, token }: CollectorOptions,
): Promise<boolean> {
  if (owner?.kind !== 'waymark' || path === undefined) return false;
  const status = await connectTo(`http://localhost:${port}`, { token })
    .status()
    .catch(() => undefined);
  // Another token. That collector probably uses the default file of this user.
  if (status === undefined) return true;
  return status.store.path !== undefined && realPath(status.store.path) === realPath(path);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

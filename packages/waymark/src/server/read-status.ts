/** What the collector is doing: for `waymark doctor`, for the viewer, and as an event. */
import type { CollectorStatus } from '../api/types.ts';
import { version } from '../version.ts';
import type { ServerContext } from './server-context.ts';

export async function readStatus({ engine, received, urls }: ServerContext): Promise<CollectorStatus> {
  return { version, urls: urls(), store: await engine.counts(), engine: engine.status(), ...received.counts() };
}

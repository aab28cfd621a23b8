/** A collector in this process. Its libraries are loaded only where one is started: most commands talk to one that runs. */
import type { Collector, CollectorOptions } from '../collector.ts';

/** @throws {CollectorError} */
export async function startOwnCollector(options: CollectorOptions): Promise<Collector> {
  const { startCollector } = await import('../collector.ts');
  return startCollector(options);
}

// Starts the servers that the programs need, and says how their clients find them.
import type { Service, ServiceName } from '../../services/service.ts';
import { startService } from '../../services/start-service.ts';
import type { Servers } from './send-requests.ts';

export interface StartedServers {
  readonly servers: Servers;
  stop(): Promise<void>;
}

/** @throws Error that says what to install, if a server is not on this machine. */
export async function startServers(names: readonly ServiceName[]): Promise<StartedServers> {
  const services = new Map<ServiceName, Service>();
  const stop = async (): Promise<void> => {
    for (const service of services.values()) await service.stop();
  };
  try {
    for (const name of names) services.set(name, await startService[name]());
  } catch (error) {
    await stop();
    throw error;
  }
  const entries = [...services].map(([name, service]) => [name, optionsFor(name, service)]);
  return { servers: Object.fromEntries(entries) as Servers, stop };
}

/** The options that the clients have in common. */
function optionsFor(name: ServiceName, { host, port, user, password, database, url }: Service): object {
  if (name === 'redis') return { host, port };
  return name === 'mongo' ? { url } : { host, port, user, password, database };
}

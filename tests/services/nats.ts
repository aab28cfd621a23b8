// NATS with JetStream. `prepare.mjs` builds it.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { programsOf } from './programs.ts';
import { makeFolder, runServer } from './run-server.ts';
import type { Service } from './service.ts';

export async function startNats(): Promise<Service> {
  const command = programsOf('nats').nats as string; // programsOf() has found it
  const folder = await makeFolder('nats');
  const data = join(folder, 'data');
  await mkdir(data);
  const { ready, stop } = await runServer({
    command,
    args: [data],
    folder,
    ready: /nats:\/\/127\.0\.0\.1:(\d+)/,
    signal: 'KILL',
  });
  const [url] = ready;
  return { host: '127.0.0.1', port: Number(ready[1]), user: '', password: '', database: '', url, stop };
}

// FerretDB 1.24, which speaks MongoDB's protocol and keeps documents in SQLite. `prepare.mjs` builds it. It has no transactions,
// change streams, replica sets or `$lookup`, among others: tests/libraries/mongodb/wire-server.ts answers in place of those.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { programsOf } from './programs.ts';
import { makeFolder, runServer } from './run-server.ts';
import type { Service } from './service.ts';

const database = 'shop';

export async function startMongo(): Promise<Service> {
  const command = programsOf('mongo').ferretdb as string; // programsOf() has found it
  const folder = await makeFolder('mongo');
  const data = join(folder, 'data');
  await mkdir(data);
  const { ready, stop } = await runServer({
    command,
    args: [data],
    folder,
    ready: /mongodb:\/\/127\.0\.0\.1:(\d+)\//,
    signal: 'KILL',
  });
  const port = Number(ready[1]);
  const url = `mongodb://127.0.0.1:${port}/${database}`;
  return { host: '127.0.0.1', port, user: '', password: '', database, url, stop };
}

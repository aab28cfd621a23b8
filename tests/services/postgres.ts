// PostgreSQL, from Debian's package `postgresql`. Users log in by password (SCRAM).
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { accountFor } from './account.ts';
import { programsOf } from './programs.ts';
import { makeFolder, runServer } from './run-server.ts';
import type { Service } from './service.ts';
import { tryPorts } from './try-ports.ts';

const run = promisify(execFile);

const [user, password, database] = ['waymark', 'secret-of-waymark', 'postgres'];

// No data has to last, and no other process connects.
const settings = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'autovacuum=off',
  'wal_level=minimal',
  'max_wal_senders=0',
  'shared_buffers=16MB',
  'max_connections=200',
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
];

/** The user may do everything, for example `pg_terminate_backend()`. */
export function startPostgres(): Promise<Service> {
  const { initdb, postgres } = programsOf('postgres') as { initdb: string; postgres: string };
  return tryPorts(1, async ([port = 0]) => {
    const account = accountFor('postgres', 'nobody');
    const folder = await makeFolder('postgres', account);
    const data = join(folder, 'data');
    const passwordFile = join(folder, 'password');
    await writeFile(passwordFile, password);
    const args = ['-D', data, '-U', user, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '--locale=C', '-EUTF8'];
    await run(initdb, [...args, '--no-sync', '--no-instructions'], { cwd: folder, ...account });
    const server = await runServer({
      command: postgres,
      args: ['-D', data, '-p', `${port}`, ...settings.flatMap((setting) => ['-c', setting])],
      folder,
      ready: /database system is ready to accept connections/,
      signal: 'QUIT', // KILL would leave its processes and its shared memory
      account,
    });
    const url = `postgres://${user}:${password}@127.0.0.1:${port}/${database}`;
    return { host: '127.0.0.1', port, user, password, database, url, stop: server.stop };
  });
}

// MariaDB, from Debian's package `mariadb-server`.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { programsOf } from './programs.ts';
import { makeFolder, runServer } from './run-server.ts';
import type { Service } from './service.ts';
import { tryPorts } from './try-ports.ts';

const run = promisify(execFile);

const [user, password, database] = ['waymark', 'secret-of-waymark', 'shop'];

// Each statement on one line.
const firstStatements = `
CREATE DATABASE ${database};
CREATE USER ${user}@'127.0.0.1' IDENTIFIED BY '${password}';
GRANT ALL ON *.* TO ${user}@'127.0.0.1' WITH GRANT OPTION;
`;

// No data has to last.
const settings = [
  '--skip-name-resolve',
  '--skip-log-bin',
  '--innodb-flush-log-at-trx-commit=0',
  '--innodb-flush-method=nosync',
  '--innodb-doublewrite=0',
  '--innodb-buffer-pool-size=16M',
  '--innodb-log-file-size=8M',
  '--performance-schema=0',
  '--max-connections=200',
  '--bind-address=127.0.0.1',
];

/** The user may do everything, for example `KILL`. */
export function startMariadb(): Promise<Service> {
  const programs = programsOf('mariadb') as { 'mariadb-install-db': string; mariadbd: string };
  return tryPorts(1, async ([port = 0]) => {
    const folder = await makeFolder('mariadb');
    const data = join(folder, 'data');
    const init = join(folder, 'init.sql');
    await writeFile(init, firstStatements);
    const account = process.getuid?.() === 0 ? ['--user=root'] : [];
    const common = ['--no-defaults', `--datadir=${data}`, ...account];
    const install = ['--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve'];
    await run(programs['mariadb-install-db'], [...common, ...install], { cwd: folder });
    const server = await runServer({
      command: programs.mariadbd,
      args: [...common, ...settings, `--port=${port}`, `--socket=${join(folder, 'socket')}`, `--init-file=${init}`],
      folder,
      ready: /ready for connections/,
      signal: 'KILL',
    });
    const url = `mysql://${user}:${password}@127.0.0.1:${port}/${database}`;
    return { host: '127.0.0.1', port, user, password, database, url, stop: server.stop };
  });
}

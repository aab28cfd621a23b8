/** A file with a second name in another folder, where a second collector would open it with another log. */

import { spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testWhere } from '../../../../../tests/on-platform.ts';
import { drivers } from '../../../test/each-store.ts';
import { type StoreProcess, startStoreProcess } from '../../../test/store-process.ts';
import { createSqliteStore } from './sqlite-store.ts';

const mounting = ['unshare', '--mount', '--kill-child', '--fork'];
const canMount =
  process.platform === 'linux' && spawnSync('unshare', ['--mount', 'mount', '--bind', '/tmp', '/tmp']).status === 0;
const running: StoreProcess[] = [];
let folder = '';
let path = '';
let other = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waymark names-'));
  path = join(folder, 'traces.db');
  mkdirSync(join(folder, 'other'));
  other = join(folder, 'other', 'same.db');
});

afterEach(async () => {
  for (const process of running.splice(0)) await process.kill();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(drivers)('by %s', (driver) => {
  test('a hard link is refused, whether the file is open or closed', () => {
    const store = createSqliteStore({ path, driver });
    linkSync(path, other);
    const refused = {
      code: 'WAYMARK_STORE_UNREADABLE',
      message: expect.stringContaining('it has 2 names (hard links)'),
    };
    expect(() => createSqliteStore({ path: other, driver })).toThrow(expect.objectContaining(refused));
    expect(readdirSync(join(folder, 'other'))).toEqual(['same.db']);
    store.close();
    expect(() => createSqliteStore({ path, driver })).toThrow(expect.objectContaining(refused));
    rmSync(other);
    createSqliteStore({ path, driver }).close();
  });

  testWhere(canMount, 'mounts, as root on Linux')('a file that is mounted without its folder is refused', async () => {
    createSqliteStore({ path, driver }).close();
    createSqliteStore({ path: other, driver }).close(); // a file to mount over
    const mount = [...mounting, 'sh', '-c', `mount --bind "$0" "$1"; shift; exec "$@"`, path, other];
    const started = await startStoreProcess({ path: other, driver, under: mount });
    running.push(started);
    await expect(started.ackedAtLeast(1)).rejects.toThrow('ended with 1');
    expect(started.stderr()).toContain('only the file is mounted here');
    expect(started.stderr()).toContain('Mount its folder instead.');
  });
});

/** A file has one owner, whatever kinds of process compete for it. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeOnUnix, testOnLinux, testOnUnix, testWhere } from '../../../../../tests/on-platform.ts';
import { drivers } from '../../../test/each-store.ts';
import { sketchTrace } from '../../../test/sketch-trace.ts';
import { type StoreProcess, startStoreProcess } from '../../../test/store-process.ts';
import type { DriverName } from './driver.ts';
import { ownByPidFile } from './owner-pid-file.ts';
import { createSqliteStore } from './sqlite-store.ts';

const running: StoreProcess[] = [];
const children: ChildProcess[] = [];
let folder = '';
let path = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waymark-owner-'));
  path = join(folder, 'traces.db');
});

afterEach(async () => {
  for (const process of running.splice(0)) await process.kill();
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Partial<Parameters<typeof startStoreProcess>[0]> = {}): Promise<StoreProcess> {
  const started = await startStoreProcess({ path, driver: 'node-sqlite3-wasm', ...options });
  running.push(started);
  return started;
}

function open(at = path, driver?: DriverName): void {
  createSqliteStore({ path: at, driver }).close();
}

/** Resolves once the kernel has ended a killed process. */
async function openWhenFree(inUseBefore: Error, driver?: DriverName): Promise<void> {
  for (let isFree = false; !isFree; await new Promise(setImmediate)) {
    try {
      open(path, driver);
      isFree = true;
    } catch (error) {
      expect(error).toEqual(inUseBefore);
    }
  }
}

function inUse(pid?: number): Error {
  return expect.objectContaining({
    code: 'WAYMARK_STORE_IN_USE',
    pid,
    message: expect.stringContaining('is in use by'),
  });
}

test('a second store of the same process is refused', () => {
  const store = createSqliteStore({ path });
  expect(() => open()).toThrow(inUse(process.pid));
  expect(() => open()).toThrow('in use by this process');
  store.add(sketchTrace('gateway server GET 0-50'));
  store.close();
  open();
});

test.each(drivers)('the error of the second process names the owner, by %s', async (driver) => {
  const first = await start({ driver });
  await first.ackedAtLeast(1);
  for (const second of drivers) expect(() => open(path, second)).toThrow(inUse(first.pid));
  await first.ackedAtLeast(first.acked() + 1);
  await first.kill();
  open(path, driver);
  expect(readdirSync(folder)).toEqual(['traces.db']);
});

describeOnUnix('links that every user may make')('a link', () => {
  test('to the file leads to the same owner, and to the same log', () => {
    const store = createSqliteStore({ path });
    symlinkSync(path, join(folder, 'link.db'));
    expect(() => open(join(folder, 'link.db'))).toThrow(inUse(process.pid));
    store.close();
    const linked = createSqliteStore({ path: join(folder, 'link.db') });
    expect(() => open()).toThrow(inUse(process.pid));
    expect(existsSync(`${path}-wal`)).toBe(true);
    linked.close();
  });

  test('to the folder, too', () => {
    mkdirSync(join(folder, 'data'));
    symlinkSync(join(folder, 'data'), join(folder, 'other'));
    const store = createSqliteStore({ path: join(folder, 'data/traces.db') });
    expect(() => open(join(folder, 'other/traces.db'))).toThrow(inUse(process.pid));
    store.close();
  });

  test('to a missing file creates the file at its target', () => {
    symlinkSync(path, join(folder, 'link.db'));
    const store = createSqliteStore({ path: join(folder, 'link.db') });
    expect(() => open()).toThrow(inUse(process.pid));
    store.close();
    expect(readdirSync(folder)).toEqual(['link.db', 'traces.db']);
  });
});

const namespace = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];
const canUnshare = process.platform === 'linux' && spawnSync('unshare', [...namespace.slice(1), 'true']).status === 0;

describe.each(drivers)('two containers with one volume, by %s', (driver) => {
  testWhere(canUnshare, 'namespaces, as root on Linux')('have one owner', async () => {
    const first = await start({ driver, under: namespace });
    await first.ackedAtLeast(1);
    for (const second of drivers) expect(() => open(path, second)).toThrow(inUse(undefined));
    // Both processes have the number 1.
    const second = await start({ driver, under: namespace });
    await expect(second.ackedAtLeast(1)).rejects.toThrow('The process ended with 1.');
    expect(second.stderr()).toContain('is in use by another process');
    await first.ackedAtLeast(first.acked() + 1);
    await first.kill();
    await openWhenFree(inUse(undefined), driver); // the kernel ends the process in the container after the one outside
  });
});

testOnLinux('/proc')('a killed owner whose parent does not read its status does not block the file', async () => {
  const parent = ['sh', '-c', '"$@" & echo child $!; exec sleep 600', 'sh'];
  const first = await start({ under: parent });
  await first.ackedAtLeast(1);
  const pid = Number(/\d+/.exec(first.other()[0] ?? ''));
  expect(() => open()).toThrow(inUse(pid));
  process.kill(pid, 'SIGKILL');
  while (!/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) await new Promise(setImmediate);
  await openWhenFree(inUse(pid)); // its other threads end after the main thread
  // Without sockets, the process number must suffice.
  writeFileSync(`${path}.owner`, JSON.stringify({ pid, thread: 0 }));
  ownByPidFile(path)();
});

testOnUnix('SIGSTOP')('a stopped process stays the owner', async () => {
  const first = await start();
  await first.ackedAtLeast(1);
  process.kill(first.pid, 'SIGSTOP');
  expect(() => open()).toThrow(inUse(first.pid));
  process.kill(first.pid, 'SIGCONT');
  await first.ackedAtLeast(first.acked() + 1);
});

test('one of many processes that start together becomes the owner', async () => {
  const dead = await start();
  await dead.ackedAtLeast(1);
  await dead.kill();
  const all = await Promise.all(Array.from({ length: 5 }, () => start()));
  const outcomes = await Promise.all(
    all.map((each) =>
      each.ackedAtLeast(1).then(
        () => 'has it',
        () => (each.stderr().includes('is in use by process') ? 'names the owner' : each.stderr()),
      ),
    ),
  );
  expect(outcomes.sort()).toEqual(['has it', ...Array.from({ length: 4 }, () => 'names the owner')]);
}, 60_000);

test('a folder whose path is too long for a socket address works', async () => {
  const deep = join(folder, 'a-folder-of-some-length/'.repeat(8), `${'long'.repeat(20)}.db`);
  const store = createSqliteStore({ path: deep });
  expect(() => open(deep)).toThrow(inUse(process.pid));
  store.close();
});

describe('without sockets, a file with the number of the process', () => {
  test('excludes other processes, and is removed on release', () => {
    const disown = ownByPidFile(path);
    expect(() => ownByPidFile(path)).toThrow(inUse(process.pid));
    disown();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('counts while that process runs', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    children.push(child);
    writeFileSync(`${path}.owner`, JSON.stringify({ pid: child.pid, thread: 0 }));
    expect(() => ownByPidFile(path)).toThrow(inUse(child.pid));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.on('exit', resolve));
    ownByPidFile(path)();
  });

  testOnLinux('the start of processes in /proc')('does not count for a later process with the same number', () => {
    writeFileSync(`${path}.owner`, JSON.stringify({ pid: process.pid, started: '1', thread: 0 }));
    ownByPidFile(path)();
  });

  test('does not count if it was cut off', () => {
    writeFileSync(`${path}.owner`, '{"pid":');
    ownByPidFile(path)();
  });
});

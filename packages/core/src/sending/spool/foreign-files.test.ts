// Whatever is in the folder, the batches after it are found. The names sort before those of real batches.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testOnUnix } from '../../../../../tests/on-platform.ts';
import { createDiagnostics } from '../../diagnostics.ts';
import { openOwnFile } from './own-file.ts';
import { createSpool, type Spool } from './spool.ts';

const isRoot = process.geteuid?.() === 0;

let directory: string;
let servers: Server[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'waymark-foreign-'));
});

afterEach(() => {
  for (const server of servers) server.close();
  servers = [];
  rmSync(directory, { recursive: true, force: true });
});

function open(): { spool: Spool; lines: string[] } {
  const lines: string[] = [];
  const diagnostics = createDiagnostics({ write: (line) => lines.push(line) });
  const format = 'test text/plain';
  const whenFull = 'drop-newest';
  const spool = createSpool({ directory, maxBytes: 1e6, whenFull, format, diagnostics, onFound() {}, onLost() {} });
  return { spool, lines };
}

function leave(text: string): void {
  const { spool } = open();
  spool.write(Buffer.from(text), 1);
  spool.close();
}

/** What the next process finds and reports. */
function take(): { texts: (string | undefined)[]; lines: string[] } {
  const { spool, lines } = open();
  const texts: (string | undefined)[] = [];
  for (let frame = spool.nextFound(); frame !== undefined; frame = spool.nextFound()) {
    texts.push(spool.read(frame)?.toString());
    spool.finish(frame);
  }
  spool.close();
  return { texts, lines };
}

const folder = ['a folder', (path: string) => mkdirSync(path)] as const;

/** Windows has no named pipes, sockets or devices in folders, and allows links only to some users. */
const unixThings: readonly (readonly [string, (path: string) => unknown])[] = [
  ['a named pipe', (path) => execFileSync('mkfifo', [path])],
  ['a link to a file of ours', (path) => symlinkSync(lastBatch(), path)],
  ['a link to nothing', (path) => symlinkSync(join(directory, 'nothing'), path)],
  ['a link to itself', (path) => symlinkSync(path, path)],
  [
    'a link to a named pipe',
    (path) => {
      execFileSync('mkfifo', [join(directory, 'pipe')]);
      symlinkSync(join(directory, 'pipe'), path);
    },
  ],
  ['a link to a device', (path) => symlinkSync('/dev/zero', path)],
  ['a socket', (path) => new Promise<void>((resolve) => servers.push(createServer().listen(path, resolve)))],
];

async function isLeftAlone(make: (path: string) => unknown): Promise<void> {
  leave('one');
  const path = join(directory, '0.free.spool');
  await make(path);
  const { texts, lines } = take();
  expect(texts).toEqual(['one']);
  expect(lines).toEqual([`waymark warn: ${path} is not a regular file of this user, and was left alone`]);
  expect(lstatSync(path)).toBeDefined();
}

const leftAlone = '%s is left alone, and reported once';
test.each([folder])(leftAlone, (_title, make) => isLeftAlone(make));
testOnUnix('pipes, links and sockets in folders').each(unixThings)(leftAlone, (_title, make) => isLeftAlone(make));

// Only root can create a file of another user. Only for root, a file without permissions is readable.
testOnUnix('file modes')('a file of another user, or an unreadable one, is left where it is', () => {
  leave('one');
  const path = join(directory, '0.free.spool');
  writeFileSync(path, 'waymark spool 1\n{"format":"test text/plain"}\n');
  if (isRoot) chownSync(path, 65_534, 65_534);
  else chmodSync(path, 0);
  const { texts, lines } = take();
  expect(texts).toEqual(['one']);
  expect(lines).toEqual([expect.stringContaining(isRoot ? 'is not a regular file of this user' : 'EACCES')]);
  expect(readdirSync(directory)).toEqual(['0.free.spool']);
});

async function isNotOpened(make: (path: string) => unknown): Promise<void> {
  leave('one');
  const path = join(directory, '0.free.spool');
  await make(path);
  for (const access of ['read', 'write'] as const) expect(() => openOwnFile(path, access)).toThrow();
}

const notOpened = '%s that replaced a checked file is not opened';
test.each([folder])(notOpened, (_title, make) => isNotOpened(make));
testOnUnix('pipes, links and sockets in folders').each(unixThings)(notOpened, (_title, make) => isNotOpened(make));

test('a batch that could not be opened once is found again', () => {
  leave('one');
  leave('two');
  const { spool, lines } = open();
  const [first = ''] = readdirSync(directory).sort();
  const path = join(directory, first);
  const aside = join(directory, 'aside');
  renameSync(path, aside);
  mkdirSync(path);
  const frame = spool.nextFound();
  expect(frame && spool.read(frame)?.toString()).toBe('two');
  expect(lines).toEqual([expect.stringMatching(/^waymark warn: the spool cannot be used/)]);
  spool.close();
  renameSync(aside, join(directory, '0.free.spool'));
  expect(take().texts).toEqual(['one', 'two']);
});

function lastBatch(): string {
  return join(directory, readdirSync(directory).at(-1) ?? '');
}

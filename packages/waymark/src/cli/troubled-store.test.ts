/** `waymark` with a file that is damaged, deleted, or on a full disk. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testOnUnix, testWhere } from '../../../../tests/on-platform.ts';
import { batchOf } from '../../test/store-process.ts';
import { endAllWaymarks, runWaymark, startWaymark, type WaymarkProcess } from '../../test/waymark-process.ts';
import { openDriver } from '../store/sqlite/open-driver.ts';
import { createSqliteStore } from '../store/sqlite/sqlite-store.ts';

jest.setTimeout(60_000);

let folder = '';
let path = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waymark-trouble-'));
  path = join(folder, 'traces.db');
});

afterEach(async () => {
  await endAllWaymarks();
  rmSync(folder, { recursive: true, force: true });
});

async function start(under?: readonly string[]): Promise<{ waymark: WaymarkProcess; url: string }> {
  const waymark = startWaymark(['--port', '0', '--db', path], {}, under);
  const [, url = ''] = await waymark.waitFor(/Viewer {2}(http:\S+)\n[\s\S]*Ctrl-C/);
  return { waymark, url };
}

/** Sends forty spans of one trace. @returns The answer. */
function send(url: string, trace: number): Promise<Response> {
  const spans = Array.from({ length: 40 }, (_, index) => ({
    traceId: trace.toString(16).padStart(32, 'a'),
    spanId: (trace * 40 + index).toString(16).padStart(16, 'b'),
    name: `GET /${index}`,
    kind: 2,
    startTimeUnixNano: `${Date.now()}000000`,
    endTimeUnixNano: `${Date.now()}900000`,
    attributes: [{ key: 'text', value: { stringValue: `${Math.random()} ${Math.random()} ${Math.random()}` } }],
  }));
  return fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }),
  });
}

async function spanCountAt(url: string): Promise<number> {
  const { store } = (await (await fetch(`${url}/waymark/status`)).json()) as { store: { spanCount: number } };
  return store.spanCount;
}

function writeStore(): Buffer {
  const store = createSqliteStore({ path });
  for (let number = 0; number < 8; number++) store.add(batchOf(number));
  store.close();
  return readFileSync(path);
}

/** The offset of the page with the spans of a trace, found by the bytes of the spans. */
function pageOf(bytes: Buffer, tid: number): number {
  const database = openDriver(path);
  const row = database.prepare('SELECT data FROM chunks WHERE cid = ?').get(tid * 2 ** 20);
  database.close();
  const at = bytes.lastIndexOf(row?.data as Uint8Array); // BLOB NOT NULL; before, there may be what has moved away
  return Math.floor(at / 4096) * 4096;
}

test.each([
  ['of zeros', (page: Buffer) => page.fill(0)],
  ['of random bytes', (page: Buffer) => page.set(page.map(() => Math.floor(Math.random() * 256)))],
])('a file whose first page is %s after its header is refused in one line, at each start', async (_, damage) => {
  const bytes = writeStore();
  damage(bytes.subarray(100, 4096)); // the names of the tables, and where they are
  writeFileSync(path, bytes);
  for (let attempt = 0; attempt < 2; attempt++) {
    const { code, stdout, stderr } = await runWaymark(['--port', '0', '--db', path]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^\S+traces\.db .*\. The file was not changed\. Move it away, .*\(WAYMARK_STORE_UNREADABLE\)\n$/,
    );
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(readdirSync(folder)).toEqual(['traces.db']);
  }
});

testOnUnix('signals that a process can catch')('a page that is damaged later loses only the traces in it', async () => {
  const bytes = writeStore();
  const at = pageOf(bytes, 12);
  bytes.fill(0, at, at + 4096);
  writeFileSync(path, bytes);
  const { waymark, url } = await start();
  const damaged = await fetch(`${url}/waymark/traces/${(12).toString(16).padStart(32, '0')}`);
  expect({ status: damaged.status, ...((await damaged.json()) as object) }).toEqual({
    status: 500,
    message: `${path} is damaged: database disk image is malformed. The undamaged part is still served: export it, stop the collector, and move the file away.`,
  });
  expect((await fetch(`${url}/waymark/traces`)).status).toBe(200);
  expect((await fetch(`${url}/waymark/traces/${(30).toString(16).padStart(32, '0')}`)).status).toBe(200);
  expect((await send(url, 1)).status).toBe(200);
  expect(await spanCountAt(url)).toBe(8 * 40 + 40);
  waymark.child.kill('SIGTERM');
  expect(await waymark.ended).toEqual({ code: 0, signal: null });
  expect(waymark.stderr()).toBe('');
  expect(readdirSync(folder)).toEqual(['traces.db']);
});

const canLimit = process.platform === 'linux' && spawnSync('prlimit', ['--version']).status === 0;
testWhere(canLimit, 'prlimit of Linux')(
  'ends at the first signal though the disk is full, and has all at the next start',
  async () => {
    // Beyond the limit a write fails, as on a full disk. The signal has to be ignored, or it ends the process.
    const { waymark, url } = await start(['bash', '-c', `trap '' XFSZ; exec "$@"`, 'bash']);
    const stored = 4;
    for (let trace = 0; trace < stored; trace++) expect((await send(url, trace)).status).toBe(200);
    spawnSync('prlimit', ['--pid', String(waymark.child.pid), '--fsize=1000']);
    const answer = await send(url, stored);
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('cannot be written')]);
    waymark.child.kill('SIGTERM');
    expect(await waymark.ended).toEqual({ code: 1, signal: null });
    expect(waymark.stderr()).toMatch(
      /^\S+traces\.db could not be closed: .*\. No stored span is lost: .* \(WAYMARK_STORE_NOT_CLOSED\)\n$/,
    );
    const again = await start();
    expect(await spanCountAt(again.url)).toBe(stored * 40);
    expect((await send(again.url, stored)).status).toBe(200);
  },
);

testOnUnix('open files that can be deleted, and signals')(
  'refuses spans when its file is deleted, and at the first signal ends and reports what is lost',
  async () => {
    const { waymark, url } = await start();
    expect((await send(url, 1)).status).toBe(200);
    rmSync(path);
    const answer = await send(url, 2);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '30']);
    expect(await answer.text()).toContain('was deleted, or replaced by another file, while it was open');
    waymark.child.kill('SIGTERM');
    expect(await waymark.ended).toEqual({ code: 1, signal: null });
    expect(waymark.stderr()).toBe(
      `${path} was deleted, or replaced by another file, while it was open: 40 spans that were stored in it are lost. (WAYMARK_STORE_NOT_CLOSED)\n`,
    );
    const again = await start();
    expect(await spanCountAt(again.url)).toBe(0);
  },
);

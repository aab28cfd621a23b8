// Runs the commands that the command line prints for its user to type.

import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testOnLinux, testOnUnix, testWhere } from '../../../../tests/on-platform.ts';
import { sketchTrace } from '../../test/sketch-trace.ts';
import { endAllWaymarks, runWaymark, startWaymark } from '../../test/waymark-process.ts';
import { startCollector } from '../collector.ts';
import { toOtlpJson } from '../export/to-otlp-json.ts';
import { defaultStorePath } from './default-store-path.ts';

jest.setTimeout(60_000);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waymark-shell-'));
});
afterEach(async () => {
  await endAllWaymarks();
  await rm(folder, { recursive: true, force: true });
});

const trace = sketchTrace('shop server checkout 0-100\n  shop client pay 5-95 !');
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

async function collectorWith(...digits: string[]) {
  const collector = await startCollector({ port: 0 });
  for (const id of digits) {
    const spans = trace.map((span) => ({ ...span, traceId: id.padEnd(32, '0') }));
    const headers = { 'content-type': 'application/json' };
    await fetch(collector.otlpUrl, { method: 'POST', headers, body: JSON.stringify(toOtlpJson(spans)) });
  }
  return collector;
}

/** The environment of a user who has the default store below `folder`, on each system. */
function homeIn(folder: string): Record<string, string> {
  const data = join(folder, 'data');
  return { HOME: folder, XDG_DATA_HOME: data, LOCALAPPDATA: data };
}

/** Splits a command line into words, as a shell does. */
function words(line: string): string[] {
  return [...line.matchAll(/'((?:[^']|'\\'')*)'|(\S+)/g)].map(
    ([, quoted, bare]) => quoted?.replaceAll("'\\''", "'") ?? bare ?? '',
  );
}

describe('a port that is taken', () => {
  test('by a waymark that has the file: the printed command works', async () => {
    const env = homeIn(folder);
    const first = startWaymark(['--port', '0'], env);
    const [, port = ''] = await first.waitFor(/localhost:(\d+)\n[\s\S]*Ctrl-C/);
    const refused = await runWaymark(['--port', port, '--max-spans', '5000'], env);
    expect(refused.code).toBe(1);
    const [, line = ''] = /To use another port: waymark (.*)\n$/.exec(refused.stderr) ?? [];
    expect(line).toMatch(/^--port \d+ --memory --max-spans 5000$/);
    const second = startWaymark(words(line), env);
    const [, url] = await second.waitFor(/Viewer {2}(\S+)\n/);
    expect((await fetch(`${url}/waymark/status`)).status).toBe(200);
    // The other printed command prints the traces of the first.
    const [, follow = ''] = /To print its traces: waymark (tail.*)\n/.exec(refused.stderr) ?? [];
    await startWaymark(words(follow), env).waitFor(/Waiting for traces/);
  });

  test('by another server: the file stays the same', async () => {
    const server = createServer((_request, response) => response.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const db = join(folder, "ada's traces.sqlite");
      const { stderr } = await runWaymark(['--port', String(port), '--db', db]);
      const [, line = ''] = /To use another port: waymark (.*)\n$/.exec(stderr) ?? [];
      const second = startWaymark(words(line));
      await second.waitFor(/Ctrl-C/);
      expect(second.stdout()).toContain(`  Store   ${db}\n`);
    } finally {
      server.close();
    }
  });
});

describe('an unknown command', () => {
  test.each([
    [['node', 'app.js'], 'To run an application: waymark -- node app.js'],
    [['node', 'my app.js', '--port', '1'], "To run an application: waymark -- node 'my app.js' --port 1"],
    [['app.mjs'], 'To run an application: waymark -- node app.mjs'],
    [['run', 'app.ts', 'x'], 'To run an application: waymark -- node app.ts x'],
    [['run', '--', 'sh', '-c', 'true'], 'To run an application: waymark -- sh -c true'],
    [['serve'], 'To start the collector and the viewer: waymark'],
    [['start', '--port', '0', '--memory'], 'To start the collector and the viewer: waymark --port 0 --memory'],
    [['imprt', 'x.json'], 'Did you mean: waymark import'],
  ])('%j', async (args, remedy) => {
    const { code, stderr } = await runWaymark(args);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `There is no command "${args[0]}". ${remedy} (WAYMARK_USAGE)\n`,
    });
  });

  test('is answered with a command that works', async () => {
    const script = join(folder, 'app.js');
    await writeFile(script, 'console.log("ran"); process.exitCode = 3;');
    const { stderr } = await runWaymark(['node', script]);
    const [, line = ''] = /: waymark (.*) \(WAYMARK_USAGE\)/.exec(stderr) ?? [];
    const ran = await runWaymark(['--port', '0', '--memory', ...words(line)]);
    expect(ran).toMatchObject({ code: 3, stdout: 'ran\n' });

    const serve = await runWaymark(['serve', '--port', '0', '--memory']);
    const [, options = ''] = /: waymark (.*) \(WAYMARK_USAGE\)/.exec(serve.stderr) ?? [];
    await startWaymark(words(options)).waitFor(/Ctrl-C/);
  });
});

describe('the first digits of an id', () => {
  test('name a trace', async () => {
    await using collector = await collectorWith('4bf92f', '4bff', `${'0'.repeat(16)}12ab`);
    const url = ['--url', collector.url];
    expect(await runWaymark(['show', '4bF9', ...url])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`trace ${'4bf92f'.padEnd(32, '0')}`),
    });
    expect(await runWaymark(['show', '12ab'.padEnd(16, '0'), ...url])).toMatchObject({ code: 0 });
    const file = join(folder, 'one.json');
    expect(await runWaymark(['export', '4bff', '-o', file, ...url])).toMatchObject({
      code: 0,
      stderr: 'Exported 1 trace, 2 spans.\n',
    });

    const several = await runWaymark(['show', '4bf', ...url]);
    expect(several.code).toBe(2);
    expect(several.stderr).toContain('2 traces have ids that begin with 4bf. Give more digits:\n  4bf');
    const none = await runWaymark(['show', 'abc', ...url]);
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('no trace whose id begins with abc') });
  });
});

describe('export', () => {
  test('writes nothing if it cannot write everything', async () => {
    await using collector = await collectorWith('aa');
    const file = join(folder, 'traces.json');
    await writeFile(file, 'as it was');
    const url = ['--url', collector.url];
    for (const args of [
      ['aa', 'f'.repeat(32)],
      ['aa', 'bb'],
      ['--query', 'dur>soon'],
    ]) {
      const { code, stdout } = await runWaymark(['export', ...args, ...url]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(await runWaymark(['export', ...args, '-o', file, ...url])).toMatchObject({ code: 1, stdout: '' });
    }
    expect(await runWaymark(['export', '-o', file, '--url', 'http://127.0.0.1:1'])).toMatchObject({ code: 1 });
    expect(await readFile(file, 'utf8')).toBe('as it was');
    expect(await readdir(folder)).toEqual(['traces.json']);
  });

  test('replaces a file, and refuses a folder', async () => {
    await using collector = await collectorWith('aa');
    const file = join(folder, 'traces.json');
    expect(await runWaymark(['export', '-o', file, '--url', collector.url])).toMatchObject({ code: 0, stdout: '' });
    expect(JSON.parse(await readFile(file, 'utf8'))).toHaveProperty('resourceSpans');
    expect(await readdir(folder)).toEqual(['traces.json']);
    const isFolder = await runWaymark(['export', '-o', folder, '--url', collector.url]);
    expect(isFolder.stderr).toMatch(/cannot be written: it is a folder\..*\(WAYMARK_CANNOT_WRITE\)\n$/);
  });

  testOnUnix('/dev/null')('writes into a device', async () => {
    await using collector = await collectorWith('aa');
    expect(await runWaymark(['export', '-o', '/dev/null', '--url', collector.url])).toMatchObject({ code: 0 });
    expect((await stat('/dev/null')).isFile()).toBe(false);
  });

  testOnLinux('/dev/full')('fails where the disk is full, and not where the reader has enough', async () => {
    await using collector = await collectorWith('aa');
    const full = await runWaymark(['export', '-o', '/dev/full', '--url', collector.url]);
    expect(full).toMatchObject({ code: 1, stderr: expect.stringContaining('(WAYMARK_CANNOT_WRITE)') });
    const source = ['--require', 'esbuild-register', '--conditions=@waymark/source', join(__dirname, '../bin.ts')];
    const line = [process.execPath, ...source, 'export', '--url', collector.url].map((word) => `'${word}'`).join(' ');
    const shell = spawn('sh', ['-c', `${line} > /dev/full`], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    shell.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    expect(await new Promise((resolve) => shell.on('close', resolve))).toBe(1);
    expect(stderr).toMatch(/stdout cannot be written: .*ENOSPC/);
  });

  testOnUnix('signals that a process can catch')('ends at the first signal', async () => {
    // A collector that lists traces and then stops answering.
    const server = createServer((request, response) => {
      if (request.url?.startsWith('/waymark/status')) {
        response.end(JSON.stringify({ received: {}, store: { spanCount: 1 }, urls: {}, refusals: [] }));
      } else server.emit('asked');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const asked = new Promise((resolve) => server.once('asked', resolve));
    const exporting = startWaymark(['export', '-o', join(folder, 'x.json'), '--url', `http://127.0.0.1:${port}`]);
    await asked;
    exporting.child.kill('SIGINT');
    expect(await exporting.ended).toEqual({ code: null, signal: 'SIGINT' });
    expect(await readdir(folder)).toEqual([]);
    server.closeAllConnections();
    server.close();
  });
});

test('import reports a missing file before it sends any, with or without a collector', async () => {
  const there = join(folder, 'there.json');
  await writeFile(there, JSON.stringify(toOtlpJson(trace)));
  await using collector = await collectorWith();
  for (const url of [collector.url, 'http://127.0.0.1:1']) {
    const missing = await runWaymark(['import', there, join(folder, 'none.json'), '--url', url]);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toBe(
      `${join(folder, 'none.json')} cannot be read: ENOENT: there is no such file. (WAYMARK_UNREADABLE_FILE)\n`,
    );
  }
  expect(await runWaymark(['import', folder, '--url', collector.url])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('it is a folder: name the files in it.'),
  });
  expect(await (await fetch(`${collector.url}/waymark/traces`)).json()).toMatchObject({ traces: [] });
  const { code, stdout } = await runWaymark(['import', there, '--url', collector.url]);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `${there}: 2 spans of 1 trace (otlp).\n  ${collector.url}/trace/${traceId}\n`,
  });
});

describe('the folder of --db', () => {
  test('is created and reported; the default folder is created without a report', async () => {
    const db = join(folder, 'new', 'deeper', 'traces.sqlite');
    const started = startWaymark(['--port', '0', '--db', db]);
    await started.waitFor(/Ctrl-C/);
    expect(started.stderr()).toBe(`Created the folder ${join(folder, 'new')}.\n`);
    const env = homeIn(folder);
    const own = startWaymark(['--port', '0'], env);
    await own.waitFor(/Ctrl-C/);
    expect(own.stderr()).toBe('');
    expect((await stat(defaultStorePath(env))).isFile()).toBe(true);
  });

  // Root may write into any folder, and Windows has no such modes.
  const obeysModes = process.getuid !== undefined && process.getuid() !== 0;
  testWhere(obeysModes, 'file modes, and a user other than root')(
    'that cannot be created is reported with its code',
    async () => {
      const closed = join(folder, 'closed');
      await mkdir(closed);
      await chmod(closed, 0o500);
      const { code, stderr } = await runWaymark(['--port', '0', '--db', join(closed, 'x', 'traces.sqlite')]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/\((?:EACCES|WAYMARK_\w+)\)\n$/);
    },
  );
});

test.each([
  [['show', 'abc', '--url', 'ftp://x'], /^--url must be an address such as http:\/\/localhost:4318, got "ftp:\/\/x"\./],
  [['show', 'abc', '--url', 'http://a b'], /^--url must be an address/],
  [['show', 'abc', '--url', 'http://localhost:1', '--port', '1'], /^Give either --url or --port, not both\./],
])('%j is a mistake: exit code 2', async (args, message) => {
  const { code, stderr } = await runWaymark(args);
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
});

test('https to a collector without TLS prints the address to use', async () => {
  await using collector = await collectorWith('aa');
  const wrong = await runWaymark(['show', 'aa', '--url', collector.url.replace('http:', 'https:')]);
  const [, url = ''] = /does not use TLS: use (\S+) \(WAYMARK_NO_COLLECTOR\)/.exec(wrong.stderr) ?? [];
  expect(await runWaymark(['show', 'aa', '--url', url])).toMatchObject({ code: 0 });
});

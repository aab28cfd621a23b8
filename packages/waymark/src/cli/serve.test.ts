import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testOnUnix, testWhere } from '../../../../tests/on-platform.ts';
import { endAllWaymarks, runWaymark, startWaymark } from '../../test/waymark-process.ts';

jest.setTimeout(60_000);
afterEach(endAllWaymarks);

testOnUnix('signals that a process can catch')('serves until Ctrl-C, and prints its addresses', async () => {
  const waymark = startWaymark(['--port', '0', '--memory']);
  const [, url] = await waymark.waitFor(/Viewer {2}(http:\/\/localhost:\d+)\n/);
  await waymark.waitFor(/Ctrl-C/);
  expect(waymark.stdout()).toBe(`Waymark 0.1.0

  Viewer  ${url}
  OTLP    ${url}/v1/traces
  Zipkin  ${url}/api/v2/spans
  Store   memory

Run your application with "waymark -- node server.js", or set
  OTEL_EXPORTER_OTLP_ENDPOINT=${url}
Press Ctrl-C to stop.
`);
  expect(await (await fetch(`${url}/waymark/status`)).json()).toMatchObject({ store: { kind: 'memory' } });

  waymark.child.kill('SIGINT');
  expect(await waymark.ended).toEqual({ code: 0, signal: null });
  await expect(fetch(`${url}/waymark/status`)).rejects.toThrow();
  expect(waymark.stderr()).toBe('');
});

const [major = 0] = process.versions.node.split('.').map(Number);
// Since Node 24 a variable lets fetch() use proxies.
testWhere(major >= 24 && process.platform !== 'win32', 'Node 24, and a Unix for the signal')(
  'serves even if a proxy keeps it from reaching itself',
  async () => {
    const waymark = startWaymark(['--port', '0', '--memory'], {
      NODE_USE_ENV_PROXY: '1',
      HTTP_PROXY: 'http://127.0.0.1:1',
    });
    const [, url] = await waymark.waitFor(/Viewer {2}(http:\S+)\n[\s\S]*Ctrl-C/);
    expect((await fetch(`${url}/waymark/status`)).status).toBe(200);
    waymark.child.kill('SIGINT');
    expect(await waymark.ended).toEqual({ code: 0, signal: null });
  },
);

testOnUnix('signals that a process can catch')(
  'closes the store when Ctrl-C comes twice, as it does under npx',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'waymark-cli-'));
    try {
      const waymark = startWaymark(['--port', '0', '--db', join(folder, 'traces.sqlite')]);
      await waymark.waitFor(/Ctrl-C/);
      expect(waymark.stdout()).toContain(`  Store   ${join(folder, 'traces.sqlite')}\n`);
      waymark.child.kill('SIGINT');
      waymark.child.kill('SIGINT');
      waymark.child.kill('SIGTERM');
      expect(await waymark.ended).toEqual({ code: 0, signal: null });
      expect(await readdir(folder)).toEqual(['traces.sqlite']);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);

test('a taken port is reported with its program and the command for another port', async () => {
  const server = createServer((_request, response) => response.setHeader('server', 'shop').end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const { code, stderr } = await runWaymark(['--port', String(port), '--memory']);
    expect(code).toBe(1);
    expect(stderr).toContain(`Port ${port} is taken by another HTTP server (shop).`);
    expect(stderr).toMatch(/To use another port: waymark --port \d+ --memory\n$/);
  } finally {
    server.close();
  }
});

test('a second waymark prints the address of the first', async () => {
  const first = startWaymark(['--port', '0', '--memory']);
  const [, port] = await first.waitFor(/localhost:(\d+)\n/);
  const { code, stderr } = await runWaymark(['--port', String(port), '--memory']);
  expect(code).toBe(1);
  expect(stderr).toContain(`Its viewer is at http://localhost:${port}`);
});

test('a collector that others can reach gets a token, and refuses requests without it', async () => {
  const waymark = startWaymark(['--port', '0', '--memory', '--host', '0.0.0.0', '--zipkin-port', 'none']);
  const [, url, token] = await waymark.waitFor(/Viewer {2}(http:\/\/localhost:\d+)\/\?token=([\w-]{16,})\n/);
  expect((await fetch(`${url}/waymark/status`)).status).toBe(401);
  const headers = { authorization: `Bearer ${token}` };
  expect((await fetch(`${url}/waymark/status`, { headers })).status).toBe(200);
  await waymark.waitFor(/OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer /);
});

describe('a mistake in the command', () => {
  test.each([
    [['tial'], 'There is no command "tial". Did you mean: waymark tail (WAYMARK_USAGE)\n'],
    [['xyz'], 'There is no command "xyz". See: waymark help (WAYMARK_USAGE)\n'],
    [['--prot', '1'], 'There is no option --prot. Did you mean --port? (WAYMARK_USAGE)\n'],
    [['tail', '--sloww', '1'], 'There is no option --sloww. Did you mean --slow? (WAYMARK_USAGE)\n'],
    [['--port', '70000'], '--port must be a whole number from 0 to 65535, got "70000". (WAYMARK_USAGE)\n'],
    [['--port'], '--port needs a value: --port NUMBER (WAYMARK_USAGE)\n'],
    [['--port', '--memory'], '--port needs a value: --port NUMBER (WAYMARK_USAGE)\n'],
    [['--memory=yes'], '--memory takes no value, got "yes". (WAYMARK_USAGE)\n'],
    [
      ['--max-age', 'long'],
      '--max-age must be a quantity such as 200ms, 1.5s, 12h or 7d, got "long". (WAYMARK_USAGE)\n',
    ],
    [['--memory', '--db', 'x'], 'Give --memory or --db, not both. (WAYMARK_USAGE)\n'],
    [['doctor', 'x'], 'There is one argument too many: "x". See: waymark help doctor (WAYMARK_USAGE)\n'],
    [
      ['export', 'xyz'],
      'TRACE must be an id (32 hex digits), its first digits, or the address of its page, got "xyz". (WAYMARK_USAGE)\n',
    ],
    [['--'], 'Name a command, for example: waymark -- node server.js (WAYMARK_USAGE)\n'],
    [
      ['tail', 'dur>soon'],
      'The query is not valid:\n  dur>soon\n  ^^^^^^^^\ndur must be a duration, such as 200ms, 1.5s, 50us or 2m, got "soon". (WAYMARK_USAGE)\n',
    ],
  ])('%j is reported with a remedy, and exits with 2', async (args, stderr) => {
    expect(await runWaymark(args)).toEqual({ code: 2, signal: null, stdout: '', stderr });
  });
});

test('help and the version go to stdout, within 80 columns', async () => {
  expect(await runWaymark(['--version'])).toEqual({ code: 0, signal: null, stdout: '0.1.0\n', stderr: '' });
  const overview = await runWaymark(['help']);
  expect(overview).toMatchObject({ code: 0, stderr: '' });
  expect(longestLineOf(overview.stdout)).toBeLessThanOrEqual(80);
  for (const name of ['tail', 'show', 'doctor', 'export', 'import', 'share']) {
    expect(overview.stdout).toContain(`  waymark ${name} `);
    const page = await runWaymark([name, '--help']);
    expect(longestLineOf(page.stdout)).toBeLessThanOrEqual(80);
    expect(page.stdout).toMatch(new RegExp(`^waymark ${name}`));
  }
});

function longestLineOf(text: string): number {
  return Math.max(...text.split('\n').map((line) => line.length));
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testOnUnix } from '../../../../tests/on-platform.ts';
import { endAllWaymarks, runWaymark, startWaymark } from '../../test/waymark-process.ts';
import { startCollector } from '../collector.ts';

jest.setTimeout(60_000);
afterEach(endAllWaymarks);

/** An application that sends one span like an SDK, and prints the variables that it got. */
const application = `
  const now = Date.now();
  const span = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', name: 'GET /', kind: 2,
    startTimeUnixNano: now + '000000', endTimeUnixNano: (now + 20) + '000000' };
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
  fetch(process.env.OTEL_EXPORTER_OTLP_ENDPOINT + '/v1/traces', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }),
  }).then((response) => {
    console.log(response.status, process.env.OTEL_TRACES_EXPORTER, process.env.OTEL_EXPORTER_OTLP_PROTOCOL);
    process.exitCode = 3;
  });
`;

test('starts a collector, runs the application, and prints its traces next to its output', async () => {
  const { code, stdout, stderr } = await runWaymark(
    ['--port', '0', '--memory', '--', process.execPath, '-e', application],
    { OTEL_TRACES_EXPORTER: 'none' },
  );
  expect(stdout).toBe('200 otlp http/protobuf\n');
  expect(code).toBe(3);
  const [url] = /http:\/\/localhost:\d+/.exec(stderr) ?? [];
  expect(stderr).toBe(`\
Traces in the viewer: ${url}
trace 4bf92f3577b34da6a3ce929d0e0e4736  1 span, 1 service, 20.0 ms
  ${url}/trace/4bf92f3577b34da6a3ce929d0e0e4736
shop ▸ GET /  20.0 ms  ━━━━━━━━━━━━━━━━━━━━━━━━━

`);
});

test('uses a running collector', async () => {
  await using collector = await startCollector({ port: 0 });
  const { stderr } = await runWaymark([
    '--brief',
    '--port',
    String(collector.port),
    '--',
    process.execPath,
    '-e',
    application,
  ]);
  expect(stderr).toBe(`\
Traces are sent to the running collector: ${collector.url}
 20.0 ms  shop GET /  1 span  ${collector.url}/trace/4bf92f3577b34da6a3ce929d0e0e4736
`);
  const list = (await (await fetch(`${collector.url}/waymark/traces`)).json()) as { traces: unknown[] };
  expect(list.traces).toHaveLength(1);
});

test('keeps traces in memory while another collector has the file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waymark-cli-'));
  try {
    const path = join(folder, 'traces.sqlite');
    await using _owner = await startCollector({ port: 0, path });
    const { code, stdout } = await runWaymark(['--port', '0', '--db', path, '--', process.execPath, '-e', application]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '200 otlp http/protobuf\n' });
    const refused = await runWaymark(['--port', '0', '--db', path]);
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/is in use .*\(WAYMARK_STORE_IN_USE\)\n$/),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('has responses link to their traces, and spans name the line of a call, unless a variable says otherwise', async () => {
  const names = ['WAYMARK_TRACE_URL', 'OTEL_BSP_SCHEDULE_DELAY', 'WAYMARK_CODE_ATTRIBUTES'];
  const print = `console.log(${names.map((name) => `process.env.${name}`).join()})`;
  const command = ['--port', '0', '--memory', '--quiet', '--', process.execPath, '-e', print];
  expect((await runWaymark(command)).stdout).toMatch(/^http:\/\/localhost:\d+\/trace\/\{traceId\} 200 always\n$/);
  const own = await runWaymark(command, {
    WAYMARK_TRACE_URL: '',
    OTEL_BSP_SCHEDULE_DELAY: '1000',
    WAYMARK_CODE_ATTRIBUTES: 'false',
  });
  expect(own.stdout).toBe(' 1000 false\n');
});

testOnUnix('signals')('ends as the application did, also by a signal', async () => {
  const { code, signal } = await runWaymark([
    ...['--port', '0', '--memory', '--quiet', '--', process.execPath, '-e'],
    "process.kill(process.pid, 'SIGKILL')",
  ]);
  expect({ code, signal }).toEqual({ code: null, signal: 'SIGKILL' });
});

testOnUnix('signals that a process can catch')(
  'passes signals to the application, which decides how to end',
  async () => {
    const waymark = startWaymark([
      ...['--port', '0', '--memory', '--quiet', '--', process.execPath, '-e'],
      "process.on('SIGTERM', () => { console.log('tidy'); process.exit(7); }); setInterval(() => {}, 1000); console.log('up')",
    ]);
    await waymark.waitFor(/up/);
    waymark.child.kill('SIGTERM');
    expect(await waymark.ended).toEqual({ code: 7, signal: null });
    expect(waymark.stdout()).toBe('up\ntidy\n');
  },
);

testOnUnix('a spawn without a shell, which reports itself what is missing')(
  'reports a command that cannot be started',
  async () => {
    const { code, stderr } = await runWaymark(['--port', '0', '--memory', '--', 'no-such-command']);
    expect(code).toBe(1);
    expect(stderr).toContain(
      '"no-such-command" cannot be started: spawn no-such-command ENOENT (WAYMARK_CANNOT_START)',
    );
  },
);

import { startCollector } from '../collector.ts';
import { endAllWaymarks, runWaymark, startWaymark } from './start-waymark.ts';

jest.setTimeout(60_000);
afterEach(endAllWaymarks);

/** An application that sends one span as any SDK would, and says which variables it got. */
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

test('runs the application with its traces going to a collector of its own, and prints them beside its output', async () => {
  const { code, stdout, stderr } = await runWaymark(
    ['--port', '0', '--memory', '--', process.execPath, '-e', application],
    { OTEL_TRACES_EXPORTER: 'none' },
  );
  expect(stdout).toBe('200 otlp http/protobuf\n');
  expect(code).toBe(3);
  const [url] = /http:\/\/localhost:\d+/.exec(stderr) ?? [];
  expect(stderr).toBe(`\
Traces are at ${url}
trace 4bf92f3577b34da6a3ce929d0e0e4736  1 span, 1 service, 20.0 ms
  ${url}/trace/4bf92f3577b34da6a3ce929d0e0e4736
shop ▸ GET /  20.0 ms  ━━━━━━━━━━━━━━━━━━━━━━━━━

`);
});

test('uses the collector that runs already', async () => {
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
Traces go to the collector at ${collector.url}
 20.0 ms  shop GET /  1 span  ${collector.url}/trace/4bf92f3577b34da6a3ce929d0e0e4736
`);
  const list = (await (await fetch(`${collector.url}/waymark/traces`)).json()) as { traces: unknown[] };
  expect(list.traces).toHaveLength(1);
});

test('passes the end of the application on, also that by a signal', async () => {
  const { code, signal } = await runWaymark([
    ...['--port', '0', '--memory', '--quiet', '--', process.execPath, '-e'],
    "process.kill(process.pid, 'SIGKILL')",
  ]);
  expect({ code, signal }).toEqual({ code: null, signal: 'SIGKILL' });
});

test('hands signals to the application, which ends as it likes', async () => {
  const waymark = startWaymark([
    ...['--port', '0', '--memory', '--quiet', '--', process.execPath, '-e'],
    "process.on('SIGTERM', () => { console.log('tidy'); process.exit(7); }); setInterval(() => {}, 1000); console.log('up')",
  ]);
  await waymark.waitFor(/up/);
  waymark.child.kill('SIGTERM');
  expect(await waymark.ended).toEqual({ code: 7, signal: null });
  expect(waymark.stdout()).toBe('up\ntidy\n');
});

test('says what cannot be started', async () => {
  const { code, stderr } = await runWaymark(['--port', '0', '--memory', '--', 'no-such-command']);
  expect(code).toBe(1);
  expect(stderr).toContain('"no-such-command" cannot be started: spawn no-such-command ENOENT (WAYMARK_CANNOT_START)');
});

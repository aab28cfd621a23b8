import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testOnUnix } from '../../../../tests/on-platform.ts';
import { sketchTrace } from '../../test/sketch-trace.ts';
import { endAllWaymarks, runWaymark, startWaymark } from '../../test/waymark-process.ts';
import { type Collector, startCollector } from '../collector.ts';
import { toOtlpJson } from '../export/to-otlp-json.ts';
import type { Span } from '../model/span.ts';

jest.setTimeout(60_000);

let collector: Collector;
let folder: string;

beforeEach(async () => {
  collector = await startCollector({ port: 0 });
  folder = await mkdtemp(join(tmpdir(), 'waymark-cli-'));
});

afterEach(async () => {
  await endAllWaymarks();
  await collector.close();
  await rm(folder, { recursive: true, force: true });
});

async function send(spans: readonly Span[], to = collector): Promise<void> {
  const response = await fetch(to.otlpUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(toOtlpJson(spans)),
  });
  expect(response.status).toBe(200);
}

function withTraceId(spans: readonly Span[], digit: string): Span[] {
  return spans.map((span) => ({ ...span, traceId: digit.repeat(32) }));
}

const shop = sketchTrace('shop server checkout 0-100\n  shop client pay 5-95 !');
const [slow, quick] = [withTraceId(shop, 'a'), withTraceId(sketchTrace('shop server ping 0-3'), 'b')] as const;

const signals = 'signals that a process can catch';

describe('tail', () => {
  testOnUnix(signals)('prints a waterfall of each new trace', async () => {
    const tail = startWaymark(['tail', '--url', collector.url]);
    await tail.waitFor(/Waiting for traces/);
    await send(slow);
    await tail.waitFor(/✗ failed\n/);
    expect(tail.stdout()).toBe(`\
trace ${'a'.repeat(32)}  2 spans, 1 service, 100 ms, 1 error
  ${collector.url}/trace/${'a'.repeat(32)}
shop ▸ checkout   100 ms  ━───────────────────────━
└─ → pay         90.0 ms   ━━━━━━━━━━━━━━━━━━━━━━━
     ✗ failed

`);
    tail.child.kill('SIGINT');
    expect(await tail.ended).toEqual({ code: 0, signal: null });
  });

  test('prints only matching traces, and each once', async () => {
    const tail = startWaymark(['tail', 'service:shop', '--slow', '50ms', '--brief', '--port', String(collector.port)]);
    await tail.waitFor(/Waiting for traces/);
    await send(quick);
    await send(slow);
    await send(withTraceId(sketchTrace('users server list 0-200'), 'c'));
    await send(slow);
    await send(withTraceId(shop, 'd'));
    await tail.waitFor(/ddd\n/);
    expect(tail.stdout()).toBe(`\
  100 ms  shop checkout  2 spans, 1 error  ${collector.url}/trace/${'a'.repeat(32)}
  100 ms  shop checkout  2 spans, 1 error  ${collector.url}/trace/${'d'.repeat(32)}
`);
  });

  test('marks an N+1 with --brief, too', async () => {
    const tail = startWaymark(['tail', '--url', collector.url, '--brief']);
    await tail.waitFor(/Waiting for traces/);
    const calls = Array.from({ length: 6 }, (_, index) => `  shop client query ${index * 10}-${index * 10 + 9}`);
    await send(withTraceId(sketchTrace(['shop server list 0-60', ...calls].join('\n')), 'e'));
    await tail.waitFor(/60\.0 ms {2}shop list {2}7 spans, N\+1 ×6 {2}http/);
  });

  test('prints a trace again when it has grown', async () => {
    const tail = startWaymark(['tail', '--url', collector.url]);
    await tail.waitFor(/Waiting for traces/);
    await send(slow);
    await tail.waitFor(/✗ failed\n/);
    await send(withTraceId(sketchTrace('bank server charge 20-80 #ba ^2'), 'a'));
    await tail.waitFor(/Grown from 2 to 3 spans:\ntrace a+ {2}3 spans, 2 services/);
  });

  test('reconnects to a collector that was restarted', async () => {
    const first = startWaymark(['--port', '0', '--memory']);
    const [, port] = await first.waitFor(/localhost:(\d+)\n/);
    const tail = startWaymark(['tail', '--brief', '--port', String(port)]);
    await tail.waitFor(/Waiting for traces/);
    first.child.kill('SIGINT');
    await tail.waitFor(/is gone/);
    await first.ended; // its port is free
    await using second = await startCollector({ port: Number(port) });
    // Traces that arrive before the reconnection are missed.
    const sending = setInterval(() => void send(quick, second), 200);
    await tail.waitFor(/ping/).finally(() => clearInterval(sending));
    await tail.waitFor(/The collector is back\.\n/); // on stderr, which this process may read after stdout
  });

  test('without a collector prints how to start one', async () => {
    await collector.close();
    const { code, stderr } = await runWaymark(['tail', '--url', collector.url]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^No collector answers at .*ECONNREFUSED.*\. Start one with: npx waymark --port \d+ \(WAYMARK_NO_COLLECTOR\)\n$/,
    );
  });
});

describe('export and import', () => {
  test('copy all traces from one collector to another, unchanged', async () => {
    await send(slow);
    await send(quick);
    const exported = await runWaymark(['export', '--url', collector.url]);
    expect(exported).toMatchObject({ code: 0, stderr: 'Exported 2 traces, 3 spans.\n' });
    await writeFile(join(folder, 'traces.json'), exported.stdout);

    await using other = await startCollector({ port: 0 });
    const imported = await runWaymark(['import', join(folder, 'traces.json'), '--url', other.url]);
    expect(imported).toMatchObject({
      code: 0,
      stdout: `${join(folder, 'traces.json')}: 3 spans of 2 traces (otlp).\n`,
    });
    for (const spans of [slow, quick]) {
      const path = `/waymark/traces/${spans[0]?.traceId}`;
      const [before, after] = await Promise.all(
        [collector, other].map(async ({ url }) => (await fetch(url + path)).json()),
      );
      expect(after).toEqual(before);
    }
  });

  test('export traces by id, by address, or by query', async () => {
    await send(slow);
    await send(quick);
    const file = join(folder, 'one.json');
    const url = `${collector.url}/trace/${'b'.repeat(32)}?span=1`;
    expect(await runWaymark(['export', url, '-o', file, '--url', collector.url])).toMatchObject({ stdout: '' });
    expect(await readFile(file, 'utf8')).toContain('"name":"ping"');
    const matching = await runWaymark(['export', '--query', 'dur>50ms', '--url', collector.url]);
    expect(matching.stderr).toBe('Exported 1 trace, 2 spans.\n');
    const missing = await runWaymark(['export', 'f'.repeat(32), '--url', collector.url]);
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('(WAYMARK_NO_TRACE)') });
  });

  test('end quietly when the reader closes the pipe', async () => {
    await send(slow);
    const reader = startWaymark(['export', '--url', collector.url]);
    reader.child.stdout?.destroy();
    expect(await reader.ended).toEqual({ code: 0, signal: null });
    expect(reader.stderr()).not.toContain('EPIPE');
  });

  test('refuse a file without traces', async () => {
    await writeFile(join(folder, 'bad.json'), '{"a":1}');
    const refused = await runWaymark(['import', join(folder, 'bad.json'), '--url', collector.url]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('(WAYMARK_UNREADABLE_FILE)') });
    const missing = await runWaymark(['import', join(folder, 'none.json'), '--url', collector.url]);
    expect(missing.stderr).toContain('none.json cannot be read: ENOENT');
  });
});

describe('doctor', () => {
  test('sends a span in each format and finds it', async () => {
    const { code, stdout } = await runWaymark(['doctor', '--url', collector.url]);
    expect(stdout).toContain('✓ A test span as OTLP protobuf at /v1/traces arrived and was found\n');
    expect(stdout).toContain('✓ A test span as OTLP JSON at /v1/traces arrived and was found\n');
    expect(stdout).toContain('✓ A test span as Zipkin JSON at /api/v2/spans arrived and was found\n');
    expect(code).toBe(0);
  });

  test('reports refusals, and variables that keep spans from arriving', async () => {
    await fetch(collector.otlpUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: 'garbage',
    });
    const { code, stdout } = await runWaymark(['doctor', '--url', collector.url], {
      OTEL_SDK_DISABLED: 'true',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4317',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=secret',
      OTEL_SERVICE_NAME: 'shop',
    });
    expect(code).toBe(1);
    expect(stdout).toContain('✗ OTEL_SDK_DISABLED=true\n    Nothing is traced. Unset this variable.\n');
    expect(stdout).toContain('✗ OTEL_EXPORTER_OTLP_PROTOCOL=grpc\n');
    expect(stdout).toContain('✗ OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317\n    Port 4317 is for gRPC.');
    expect(stdout).toContain('✓ OTEL_EXPORTER_OTLP_HEADERS=(not shown)\n');
    expect(stdout).toContain('✓ OTEL_SERVICE_NAME=shop\n');
    expect(stdout).toContain('✗ It has refused 1 request.\n');
    expect(stdout).toMatch(/· \d s ago, \/v1\/traces: 400 /);
  });

  test('names the program that runs instead of a collector', async () => {
    const server = createServer((_request, response) => response.setHeader('server', 'shop').end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const { code, stdout } = await runWaymark(['doctor', '--url', `http://127.0.0.1:${port}`]);
      expect(code).toBe(1);
      expect(stdout).toContain(`✗ The server at http://127.0.0.1:${port} is not a Waymark collector`);
      expect(stdout).toContain(`· The program at 127.0.0.1:${port} is another HTTP server (shop).\n`);
    } finally {
      server.close();
    }
  });
});

test('an empty variable counts as unset', async () => {
  const empty = { WAYMARK_URL: '', WAYMARK_TOKEN: '' };
  const serving = startWaymark(['--port', '0', '--memory'], empty);
  const [, url] = await serving.waitFor(/Viewer {2}(http:\S+)\n/);
  expect((await fetch(`${url}/api/services`)).status).toBe(200);
  // With or without a collector at the default port.
  const { code, stderr } = await runWaymark(['show', '1'.repeat(32)], empty);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^(No collector answers at http:\/\/localhost:4318: |There is no trace )/);
});

test('show prints one trace as a waterfall', async () => {
  await send(slow);
  const { code, stdout } = await runWaymark(['show', 'a'.repeat(32), '--url', collector.url]);
  expect(code).toBe(0);
  expect(stdout).toContain('└─ → pay         90.0 ms   ━━━━━━━━━━━━━━━━━━━━━━━\n     ✗ failed\n');
});

test('share writes one trace as a page, and prints the path', async () => {
  await send(slow);
  const file = join(folder, 'trace.html');
  const { code, stdout } = await runWaymark(['share', 'a'.repeat(32), '-o', file, '--url', collector.url]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${file}\n` });
  expect(await readFile(file, 'utf8')).toMatch(/^<!doctype html>/i);
});

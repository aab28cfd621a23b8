// A trace that is larger than a response may be: other APIs return a part that says so, Waymark's API returns all of
// it, and memory stays bounded.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Collector, startCollector } from 'waymark';
import { testOnLinux } from '../on-platform.ts';

const spanCount = 60_000;
const large = '1'.repeat(32);
const small = '2'.repeat(32);
const startMs = Date.now() - 60_000;
const folder = mkdtempSync(join(tmpdir(), 'waymark-answers-'));

let collector: Collector;

/** Children come before their parents. The root ends last, so it comes last. */
function spanAt(traceId: string, index: number, texts: readonly string[] = ['x'.repeat(200)]): object {
  return {
    traceId,
    spanId: (index + 1).toString(16).padStart(16, '0'),
    ...(index > 0 && { parentSpanId: ((index >> 2) + (index < 4 ? 1 : 0)).toString(16).padStart(16, '0') }),
    name: index === 0 ? 'import' : 'row',
    kind: 1,
    startTimeUnixNano: `${startMs + Math.floor(index / 10)}000000`,
    endTimeUnixNano: `${startMs + 50_000}000000`,
    attributes: texts.map((text, at) => ({ key: `text.${at}`, value: { stringValue: `${index}-${text}` } })),
  };
}

async function send(spans: readonly object[], url = collector.otlpUrl): Promise<void> {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'import' } }] };
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }),
  });
  expect(answer.status).toBe(200);
}

async function ask<Body>(
  path: string,
): Promise<{ status: number; incomplete: string | null; body: Body; length: number }> {
  const answer = await fetch(collector.url + path);
  const text = await answer.text();
  return {
    status: answer.status,
    incomplete: answer.headers.get('waymark-incomplete'),
    body: JSON.parse(text) as Body,
    length: text.length,
  };
}

beforeAll(async () => {
  collector = await startCollector({ port: 0, path: join(folder, 'traces.db') });
  for (let at = spanCount; at > 0; at -= 2000) {
    await send(Array.from({ length: 2000 }, (_, index) => spanAt(large, at - 1 - index)));
  }
  await send([spanAt(small, 0), spanAt(small, 1)]);
}, 120_000);

afterAll(async () => {
  await collector.close();
  rmSync(folder, { recursive: true, force: true });
});

interface JaegerAnswer {
  readonly data: readonly {
    readonly traceID: string;
    readonly spans: readonly { readonly operationName: string; readonly warnings: readonly string[] | null }[];
    readonly warnings: readonly string[] | null;
  }[];
  readonly errors: unknown;
}

test("Jaeger's search returns part of a large trace, with its root and a warning, and all of a small one", async () => {
  const { status, incomplete, body, length } = await ask<JaegerAnswer>('/api/traces?service=import');
  expect(status).toBe(200);
  expect(body.errors).toBeNull();
  const [one, other] = body.data.toSorted((first, second) => first.spans.length - second.spans.length);
  expect(one).toMatchObject({ traceID: small, warnings: null, spans: [{ warnings: null }, { warnings: null }] });
  const kept = other?.spans.length ?? 0;
  expect(kept).toBeGreaterThan(10_000);
  expect(kept).toBeLessThan(50_001);
  const warning = `Incomplete: ${spanCount - kept} of the ${spanCount} spans of this trace are left out, as the answer would be too large. All of them: /waymark/traces/${large}/otlp.json`;
  expect(other?.warnings).toEqual([warning]);
  expect(other?.spans.filter(({ warnings }) => warnings !== null)).toMatchObject([
    { operationName: 'import', warnings: [warning] },
  ]);
  expect(incomplete).toBe(`${spanCount - kept} spans of 1 trace, left out, because the answer would be too large`);
  expect(length).toBeLessThan(40_000_000);
});

test('a request for a single trace of this size returns all of it', async () => {
  const { incomplete, body } = await ask<JaegerAnswer>(`/api/traces/${large}`);
  expect(incomplete).toBeNull();
  expect(body.data[0]?.spans).toHaveLength(spanCount);
  expect(body.data[0]?.warnings).toBeNull();
});

test("Jaeger's version 3 has the warning where Jaeger has it for a cut trace", async () => {
  const range = `query.startTimeMin=${new Date(startMs - 1000).toISOString()}&query.startTimeMax=${new Date().toISOString()}`;
  const { body } = await ask<{
    result: {
      resourceSpans: readonly { scopeSpans: readonly { spans: readonly { attributes: readonly object[] }[] }[] }[];
    };
  }>(`/api/v3/traces?query.serviceName=import&${range}`);
  const spans = body.result.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  expect(spans.length).toBeLessThan(50_003);
  const told = spans.filter(({ attributes }) => JSON.stringify(attributes).includes('@jaeger@warnings'));
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ name: 'import' });
  expect(told[0]?.attributes).toContainEqual({
    key: '@jaeger@warnings',
    value: { arrayValue: { values: [{ stringValue: expect.stringMatching(/^Incomplete: \d+ of the 60000 spans/) }] } },
  });
});

test("Zipkin's search has the warning in a tag of the first span, and in a header", async () => {
  const { body, incomplete } = await ask<readonly (readonly { name: string; tags: Record<string, string> }[])[]>(
    '/api/v2/traces?serviceName=import',
  );
  const [one, other] = body.toSorted((first, second) => first.length - second.length);
  expect(one).toHaveLength(2);
  expect(other?.filter(({ tags }) => tags['waymark.incomplete'] !== undefined)).toMatchObject([
    { name: 'import', tags: { 'waymark.incomplete': expect.stringMatching(/^Incomplete: \d+ of the 60000 spans/) } },
  ]);
  expect(incomplete).toMatch(/^\d+ spans of 1 trace, left out/);
});

/** Nearly the largest span that is kept. */
const heavy = Array.from({ length: 15 }, () => 'z'.repeat(65_000));

test('traces without room in the response are named', async () => {
  const many = Array.from({ length: 40 }, (_, index) => (index + 100).toString(16).padStart(32, '0'));
  for (const traceId of many) await send([spanAt(traceId, 0, heavy)]);
  const { body, incomplete } = await ask<JaegerAnswer & { errors: readonly { traceID: string; code: number }[] }>(
    `/api/traces?${many.map((id) => `traceID=${id}`).join('&')}`,
  );
  const there = body.data.map(({ traceID }) => traceID);
  const leftOut = many.filter((id) => !there.includes(id));
  expect(leftOut.length).toBeGreaterThan(2);
  expect(body.errors.map(({ traceID, code }) => [traceID, code])).toEqual(leftOut.map((id) => [id, 413]));
  expect(incomplete).toBe(`${leftOut.length} traces, left out, because the answer would be too large`);
});

test.each([
  ['', 'spans'],
  ['/otlp.json', 'resourceSpans'],
])("Waymark's API returns all of it (%s), piece by piece", async (path, list) => {
  const { body, incomplete } = await ask<Record<string, readonly object[]>>(`/waymark/traces/${large}${path}`);
  expect(incomplete).toBeNull();
  const spans =
    list === 'spans'
      ? body.spans
      : (body.resourceSpans as readonly { scopeSpans: readonly { spans: readonly object[] }[] }[]).flatMap(
          ({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans),
        );
  const ids = new Set(spans?.map((span) => (span as { spanId: string }).spanId));
  expect(spans).toHaveLength(spanCount);
  expect(ids.size).toBe(spanCount);
});

test('the outline, a search in it and a single span work as for any trace', async () => {
  const { body: outline } = await ask<{ spanIds: string[]; startMs: number[]; names: string[] }>(
    `/waymark/traces/${large}/outline`,
  );
  expect(outline.spanIds).toHaveLength(spanCount);
  expect(outline.startMs.every((ms, index) => ms >= (outline.startMs[index - 1] ?? 0))).toBe(true);
  const { body: matches } = await ask<{ spans: number[] }>(`/waymark/traces/${large}/search?query=name:import`);
  expect(matches.spans.map((index) => outline.spanIds[index])).toEqual(['1'.padStart(16, '0')]);
  const { body: details } = await ask<{ spans: { name: string }[] }>(
    `/waymark/traces/${large}/spans/${'1'.padStart(16, '0')}`,
  );
  expect(details.spans).toMatchObject([{ name: 'import' }]);
});

test('a shared page is refused, with what to do instead', async () => {
  const { status, body } = await ask<{ message: string }>(`/waymark/traces/${large}/share.html`);
  expect({ status, body }).toEqual({
    status: 413,
    body: {
      status: 413,
      message: `Trace ${large} has 60000 spans, which is too much for a page that opens from disk. All of them: /waymark/traces/${large}/otlp.json`,
    },
  });
});

testOnLinux('/proc, to measure memory')(
  'a trace of 585 MB, more than a string may have, is returned in bounded memory',
  async () => {
    const child = spawn(
      process.execPath,
      ['-r', 'esbuild-register', '--conditions=@waymark/source', join(__dirname, 'serve.ts'), join(folder, 'heavy.db')],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    const lines = createInterface(child.stdout);
    const url = await new Promise<string>((resolve) => lines.once('line', resolve));
    const memory = (): number => {
      const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      return Number(peak) / 1024;
    };
    try {
      for (let at = 0; at < 600; at += 50) {
        await send(
          Array.from({ length: 50 }, (_, index) => spanAt(large, at + index, heavy)),
          `${url}/v1/traces`,
        );
      }
      const afterStoring = memory();
      const answer = await fetch(`${url}/waymark/traces/${large}`);
      let bytes = 0;
      for await (const chunk of answer.body ?? []) bytes += (chunk as Uint8Array).length;
      expect(bytes).toBeGreaterThan(550_000_000);
      const jaeger = await fetch(`${url}/api/traces?service=import`);
      expect((await jaeger.text()).length).toBeLessThan(40_000_000);
      // A batch of 49 MB is in memory as bytes, as a string and as spans until garbage is collected.
      expect(memory() - afterStoring).toBeLessThan(800);
    } finally {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.stdin.end();
      await ended;
    }
  },
  120_000,
);

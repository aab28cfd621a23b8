import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Span } from '../model/span.ts';
import { type Engine, startEngine } from './start-engine.ts';

let engine: Engine;

beforeAll(async () => {
  engine = await startEngine();
});

afterAll(() => engine.close());

const resource = { serviceName: 'orders', attributes: { 'service.name': 'orders' } };

function spanOf(traceId: string, spanId: string, parentSpanId?: string): Span {
  return {
    traceId,
    spanId,
    ...(parentSpanId !== undefined && { parentSpanId }),
    name: 'GET /orders',
    kind: 'server',
    startTimeUnixNano: '1764037000000000001',
    endTimeUnixNano: '1764037000002000001',
    attributes: { 'http.route': '/orders' },
    resource,
  };
}

test('stores spans in another thread, and calls the listeners', async () => {
  const traceId = 'a'.repeat(32);
  const told = new Promise((resolve) => {
    const stop = engine.onTraces((traces) => {
      stop();
      resolve(traces);
    });
  });
  const added = await engine.add([spanOf(traceId, '1'.repeat(16)), spanOf(traceId, '2'.repeat(16), '1'.repeat(16))]);
  expect(await told).toEqual(added);
  expect(await engine.spans(traceId)).toHaveLength(2);
  expect((await engine.list({})).traces).toEqual(added);
});

test('decodes a body in the other thread', async () => {
  const body = Buffer.from(
    JSON.stringify({
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'users' } }] },
          scopeSpans: [
            {
              spans: [
                {
                  traceId: 'b'.repeat(32),
                  spanId: 'b'.repeat(16),
                  name: 'load',
                  kind: 1,
                  startTimeUnixNano: '1764037000000000000',
                  endTimeUnixNano: '1764037000000000000',
                },
              ],
            },
          ],
        },
      ],
    }),
  );
  expect(await engine.ingest(body, 'otlp-json')).toEqual({ spanCount: 1, rejectedSpans: 0 });
  expect(await engine.services()).toContain('users');
});

test('rejects with the error of the other thread, its code and its members', async () => {
  await expect(engine.ingest(Buffer.from('{'), 'otlp-json')).rejects.toMatchObject({
    code: 'WAYMARK_UNREADABLE_BODY',
    status: 400,
  });
});

test('rejects calls after it was closed', async () => {
  const other = await startEngine();
  await other.close();
  await expect(other.services()).rejects.toThrow('closed');
  await other.close();
});

test('restarts after its thread has failed, with the traces in the file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waymark-engine-'));
  const path = join(folder, 'traces.db');
  const failing = await startEngine({ path, maxHeapMb: 48 });
  const traceId = 'c'.repeat(32);
  await failing.add([spanOf(traceId, '1'.repeat(16))]);
  const failure = new Promise<Error>((resolve) => failing.onFailure(resolve));
  const tooMuch = Array.from({ length: 30_000 }, (_, index) => ({
    ...spanOf('d'.repeat(32), index.toString(16).padStart(16, '1')),
    attributes: Object.fromEntries(Array.from({ length: 40 }, (_, key) => [`key.${key}`, `${index}.${key}`])),
  }));
  await expect(failing.add(tooMuch)).rejects.toMatchObject({ code: 'WAYMARK_STORE_FAILED' });
  expect((await failure).message).toContain('reaching memory limit');
  expect(await failing.spans(traceId)).toHaveLength(1);
  expect(await failing.counts()).toMatchObject({ spanCount: 1 });
  await failing.close();
  rmSync(folder, { recursive: true });
}, 60_000);

test('rejects with the error of a store that cannot be opened', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waymark-engine-'));
  const path = join(folder, 'traces.db');
  writeFileSync(path, 'not a database'.repeat(20));
  await expect(startEngine({ path })).rejects.toMatchObject({ code: 'WAYMARK_STORE_UNREADABLE' });
  rmSync(folder, { recursive: true });
});

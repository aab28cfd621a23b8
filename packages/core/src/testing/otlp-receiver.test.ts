import { gzipSync } from 'node:zlib';
import { startOtlpReceiver } from './otlp-receiver.ts';

const span = {
  traceId: '4BF92F3577B34DA6A3CE929D0E0E4736',
  spanId: '00f067aa0ba902b7',
  parentSpanId: '',
  name: 'GET /',
  kind: 2,
  startTimeUnixNano: '1795381463701250000',
  endTimeUnixNano: '1795381463703500000',
};

async function send(
  url: string,
  body: string | Buffer<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
}

function requestOf(...spans: object[]): string {
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

describe('startOtlpReceiver', () => {
  test('receives spans as other libraries write them', async () => {
    await using receiver = await startOtlpReceiver();
    const attributes = [
      { key: 'whole', value: { intValue: 7 } },
      { key: 'text', value: { intValue: '-7' } },
      { key: 'bytes', value: { bytesValue: 'AAE=' } },
      { key: 'map', value: { kvlistValue: { values: [{ key: 'inner', value: { boolValue: true } }] } } },
      { key: 'nothing', value: {} },
      { key: 'newer', value: { fieldOfTheFuture: 1 } },
    ];
    const response = await send(receiver.url, requestOf({ ...span, attributes, fieldOfTheFuture: 1 }));
    expect([response.status, await response.json()]).toEqual([200, {}]);
    expect(receiver.spans).toEqual([
      {
        name: 'GET /',
        kind: 'server',
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        spanId: '00f067aa0ba902b7',
        parentIsRemote: false,
        startMs: 1795381463701.25,
        endMs: 1795381463703.5,
        attributes: {
          whole: 7,
          text: -7,
          bytes: new Uint8Array([0, 1]),
          map: { inner: true },
          nothing: null,
          newer: null,
        },
        events: [],
        links: [],
        status: { code: 'unset' },
        resource: { attributes: {} },
        scope: { name: '', version: undefined },
        droppedAttributesCount: 0,
        droppedEventsCount: 0,
        droppedLinksCount: 0,
      },
    ]);
  });

  test('receives compressed requests', async () => {
    await using receiver = await startOtlpReceiver();
    await send(receiver.url, gzipSync(requestOf(span)), { 'content-encoding': 'gzip' });
    expect(await receiver.waitFor(1)).toHaveLength(1);
  });

  test.each([
    ['no JSON', 'application/json'],
    ['\u0000\u0001', 'application/x-protobuf'],
    ['{"resourceSpans":[{"scopeSpans":[{"spans":[{}]}]}]}', 'application/json'],
  ])('refuses %j as %s', async (body, contentType) => {
    await using receiver = await startOtlpReceiver();
    expect((await send(receiver.url, body, { 'content-type': contentType })).status).toBe(400);
    expect(receiver.spans).toEqual([]);
  });

  test('answers 404 at other paths', async () => {
    await using receiver = await startOtlpReceiver();
    expect((await send(receiver.url.replace('traces', 'metrics'), requestOf(span))).status).toBe(404);
    expect((await fetch(receiver.url)).status).toBe(404);
  });

  test('waits for spans, lists them after the time limit, and forgets them', async () => {
    await using receiver = await startOtlpReceiver();
    const waiting = receiver.waitFor(2);
    await send(receiver.url, requestOf(span, { ...span, name: 'second' }));
    expect((await waiting).map(({ name }) => name)).toEqual(['GET /', 'second']);
    await expect(receiver.waitFor(3, { timeoutMs: 10 })).rejects.toThrow(
      'Expected 3 spans within 10 ms, got 2: GET /, second',
    );
    receiver.reset();
    expect(receiver.spans).toEqual([]);
  });
});

// Zipkin's formats other than its JSON of version 2: our spans, compared with those that Zipkin's server reads from the same bodies.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { type Collector, startCollector } from 'waymark';
import { backend, describeWith } from './backends.ts';
import { getJson, poll } from './poll.ts';

const startUs = (Date.now() - 5000) * 1000;
// In lower case, as Zipkin makes all names.
const gateway = { serviceName: 'gateway', ipv4: '10.0.0.1', port: 3000 };
const users = { serviceName: 'users', ipv4: '10.0.0.2' };
const broker = { serviceName: 'kafka', ipv4: '10.0.0.3' };
const at = (offset: number, value: string, endpoint: object): object => ({
  timestamp: startUs + offset,
  value,
  endpoint,
});
const tag = (key: string, value: unknown, endpoint: object): object => ({ key, value, endpoint });

const versions1: Readonly<Record<string, object>> = {
  'a client': {
    timestamp: startUs,
    duration: 90,
    annotations: [at(0, 'cs', gateway), at(5, 'wait', gateway), at(90, 'cr', gateway)],
    binaryAnnotations: [tag('http.path', '/', gateway), tag('lc', '', gateway), tag('sa', true, users)],
  },
  'a client without times': { annotations: [at(0, 'cs', gateway), at(90, 'cr', gateway)] },
  'the end of a client': { annotations: [at(90, 'cr', gateway)], timestamp: startUs },
  'the end of a client that fits': { annotations: [at(90, 'cr', gateway)], timestamp: startUs, duration: 90 },
  'a server': {
    annotations: [at(10, 'sr', users), at(70, 'ss', users)],
    binaryAnnotations: [tag('ca', true, { ...users, port: 7 })],
  },
  'the begin of a server': { annotations: [at(10, 'sr', users)], binaryAnnotations: [tag('ca', true, gateway)] },
  'both sides': {
    timestamp: startUs,
    duration: 90,
    annotations: [at(0, 'cs', gateway), at(10, 'sr', users), at(70, 'ss', users), at(90, 'cr', gateway)],
    binaryAnnotations: [tag('one', '1', gateway), tag('two', '2', users)],
  },
  'a call to itself': {
    annotations: [at(0, 'cs', gateway), at(10, 'sr', gateway), at(70, 'ss', gateway), at(90, 'cr', gateway)],
  },
  'a call without an answer': { annotations: [at(0, 'cs', gateway), at(10, 'sr', users)], timestamp: startUs },
  'a message': {
    annotations: [at(0, 'ms', gateway), at(1, 'ws', gateway), at(20, 'wr', users), at(30, 'mr', users)],
    binaryAnnotations: [tag('ma', true, broker)],
  },
  'a message that is sent': { annotations: [at(0, 'ms', gateway), at(3, 'ws', gateway)] },
  'a message that is received': { annotations: [at(20, 'wr', users), at(30, 'mr', users)] },
  'a local step': { timestamp: startUs, duration: 5, binaryAnnotations: [tag('lc', 'render', gateway)] },
  'addresses alone': {
    timestamp: startUs,
    duration: 5,
    binaryAnnotations: [tag('ca', true, gateway), tag('sa', true, users)],
  },
  'the address of a server alone': { timestamp: startUs, duration: 5, binaryAnnotations: [tag('sa', true, users)] },
  'the address of a client alone': { timestamp: startUs, duration: 5, binaryAnnotations: [tag('ca', true, gateway)] },
};

describeWith('zipkin')("Zipkin's formats", () => {
  let own: Collector;
  beforeAll(async () => {
    own = await startCollector({ port: 0 });
  });
  afterAll(() => own.close());

  async function compare(path: string, type: string, body: Uint8Array | string, traceId: string): Promise<void> {
    const servers = [own.url, backend('zipkin').query];
    for (const url of servers) {
      const { status } = await fetch(url + path, { method: 'POST', headers: { 'content-type': type }, body });
      expect(status).toBe(202);
    }
    const [ours, theirs] = await Promise.all(
      servers.map((url) => {
        const address = `${url}/api/v2/trace/${traceId}`;
        return poll(
          address,
          async () => (await getJson(address)) as object[] | undefined,
          (spans) => spans.length > 0,
        );
      }),
    );
    expect(inOrder(ours ?? [])).toEqual(inOrder(theirs ?? []));
  }

  test.each(Object.keys(versions1))('in version 1, %s', async (name) => {
    const traceId = randomBytes(16).toString('hex');
    const span = { traceId, id: '1'.repeat(16), name: 'get', ...versions1[name] };
    await compare('/api/v1/spans', 'application/json', JSON.stringify([span]), traceId);
  });

  test('in protobuf', async () => {
    const schema = join(__dirname, '../../packages/waymark/src/ingest/fixtures/zipkin.proto');
    const listType = protobuf.parse(readFileSync(schema, 'utf8')).root.lookupType('ListOfSpans');
    const traceId = randomBytes(16).toString('hex');
    const bytes = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');
    const span = {
      traceId: bytes(traceId),
      id: bytes('1'.repeat(16)),
      parentId: bytes('2'.repeat(16)),
      kind: 'SERVER',
      name: 'get',
      timestamp: String(startUs),
      duration: 7,
      localEndpoint: { serviceName: 'gateway', ipv4: bytes('0a000001'), port: 3000 },
      remoteEndpoint: { ipv6: bytes('20010db8000000000000000000000001') },
      annotations: [{ timestamp: String(startUs + 1), value: 'wait' }],
      tags: { 'http.path': '/', empty: '' },
      debug: true,
      shared: true,
    };
    const body = listType.encode(listType.fromObject({ spans: [span] })).finish();
    await compare('/api/v2/spans', 'application/x-protobuf', body, traceId);
  });
});

/** Zipkin does not promise an order. A duration of 0 is none to it, which only version 1 makes it say. */
function inOrder(spans: readonly object[]): object[] {
  const told = spans.map((span) =>
    Object.fromEntries(Object.entries(span).filter(([key, value]) => key !== 'duration' || value !== 0)),
  );
  return told.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}

// @platformatic/kafka, which is an ES module, in a process of its own: 1.35 on this Node, 2 on a Node that it needs.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { tracePlatformaticKafka, withMessage } from '@waymark/core/libraries';
import type { SpanData } from '@waymark/core/testing';
import { findNode } from '../../matrix/node-binaries.ts';
import { describeWith } from '../../services/describe-with.ts';
import { startKafka } from '../../services/kafka.ts';
import type { Service } from '../../services/service.ts';
import { drawSpans } from '../draw-spans.ts';

const run = promisify(execFile);

interface Printed {
  readonly spans: readonly SpanData[];
  readonly seen: Readonly<Record<string, unknown>>;
}

describeWith('kafka')('messages of @platformatic/kafka', () => {
  let server: Service;
  beforeEach(async () => {
    server = await startKafka();
  });
  afterEach(() => server.stop());

  test.each([
    ['platformatic-kafka1', 'found', process.execPath],
    ['platformatic-kafka1', 'given', process.execPath],
    ['@platformatic/kafka', 'found', findNode(22)],
    ['@platformatic/kafka', 'given', findNode(26)],
  ])('are in the trace by %s, %s', async (module, how, node) => {
    const program = join(__dirname, 'platformatic.mjs');
    const args = ['--conditions=@waymark/source', '-r', require.resolve('esbuild-register'), program];
    const { stdout } = await run(node, [...args, server.url, module, how], { timeout: 60_000 });
    const line = stdout.split('\n').find((text) => text.startsWith('{'));
    const { spans, seen } = JSON.parse(line ?? '') as Printed;
    const processed = (value: string, end = '') => [`    process orders${end}`, `      work on ${value}`];
    expect(drawSpans(spans)).toEqual([
      'one',
      '  send orders',
      ...processed('canary'),
      '  after',
      'several',
      '  send orders',
      ...processed('a'),
      ...processed('undefined'), // no value
      'with a callback',
      '  send orders',
      ...processed('b', ' ! Error'),
      'in bytes',
      '  send bytes',
      '    process bytes',
      '      work on c',
      'refused',
      expect.stringMatching(/^ {2}send ! /),
      // What is written into a stream is sent later, with others: the message has the context of the code that wrote it.
      'writes first',
      '  process orders',
      '    work on written first',
      'writes second',
      '  process orders',
      '    work on written second',
      // By two listeners.
      'listened',
      '  send listened',
      '    process listened',
      '    process listened',
      '      work on d',
      'listened again',
      '  send listened',
      '    process listened',
      '      work on e',
      '? process orders', // with a context of the application
    ]);
    const ofSpan = (name: string, parent?: string) => {
      const above = spans.find((span) => span.name === parent);
      return spans.find((span) => span.name === name && (!above || span.parentSpanId === above.spanId));
    };
    const shared = {
      'messaging.system': 'kafka',
      'messaging.destination.name': 'orders',
      'messaging.destination.partition.id': '0',
      'messaging.kafka.offset': 0,
    };
    expect(ofSpan('send orders', 'one')?.attributes).toEqual({
      ...shared,
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.client.id': 'shop',
      'server.address': server.host,
      'server.port': server.port,
    });
    expect(ofSpan('process orders', 'send orders')?.attributes).toEqual({
      ...shared,
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.consumer.group.name': 'loop-orders',
    });
    expect(ofSpan('send orders', 'several')?.attributes).toMatchObject({ 'messaging.batch.message_count': 3 });
    expect(ofSpan('process listened')?.attributes).toMatchObject({
      'messaging.consumer.group.name': 'listening',
      'messaging.client.id': 'shop',
    });
    expect(JSON.stringify(spans.map(({ attributes }) => attributes))).not.toMatch(/canary|secret|kept/);

    const { headers, settings, ...rest } = seen as { headers: string[][]; settings: string[] };
    const traceparent = (span: SpanData | undefined) => `traceparent: 00-${span?.traceId}-${span?.spanId}-03`;
    const several = traceparent(ofSpan('send orders', 'several'));
    expect(headers).toEqual([
      ['own: kept', traceparent(ofSpan('send orders', 'one'))],
      [several],
      ['traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
      ['own: kept', several],
      [traceparent(ofSpan('send orders', 'with a callback'))],
      [expect.stringMatching(/-02$/)], // not sampled
      [traceparent(ofSpan('writes first'))],
      [traceparent(ofSpan('writes second'))],
      [traceparent(ofSpan('send bytes'))],
    ]);
    expect(rest).toEqual({
      callbacks: [null, true],
      isUnchanged: true,
      failed: 'out of stock',
      listeners: 1,
      once: 1,
      diagnostics: {},
    });
    expect(settings?.[0]).toMatch(/^libraries\.platformatic-kafka +traced by methods of its classes/);
  });

  test('tracePlatformaticKafka() refuses something else, and withMessage() calls the function', () => {
    expect(() => tracePlatformaticKafka({})).toThrow('takes the exports of @platformatic/kafka, got {}.');
    expect(withMessage(7, (message) => message + 1)).toBe(8);
  });
});

// JetStream: messages that are kept, acknowledged, and delivered again, with a real server.

import type * as js from '@nats-io/jetstream';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import * as nats from '@nats-io/transport-node';
import { getTracer, withSpan } from '@waymark/core';
import { traceNats, withMessage } from '@waymark/core/libraries';
import { type InMemoryExporter, inMemoryExporter, type SpanData } from '@waymark/core/testing';
import * as nats2 from 'nats';
import { describeWith } from '../../services/describe-with.ts';
import { startNats } from '../../services/nats.ts';
import type { Service } from '../../services/service.ts';
import { drawSpans } from '../draw-spans.ts';

const exporter: InMemoryExporter = inMemoryExporter();
getTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });

interface Opened {
  readonly connection: { close(): Promise<unknown> };
  readonly client: js.JetStreamClient;
  readonly manager: js.JetStreamManager;
}

// The types are those of 3: what the tests use is the same in both.
const versions: readonly (readonly [string, (url: string) => Promise<Opened>])[] = [
  [
    '@nats-io/jetstream',
    async (servers) => {
      const connection = await traceNats(nats).connect({ servers });
      return { connection, client: jetstream(connection), manager: await jetstreamManager(connection) };
    },
  ],
  [
    'nats 2',
    async (servers) => {
      const connection = await traceNats(nats2).connect({ servers });
      const [client, manager] = [connection.jetstream(), await connection.jetstreamManager()];
      return { connection, client: client as never, manager: manager as never };
    },
  ],
];

describeWith('nats')('JetStream', () => {
  let server: Service;

  beforeAll(async () => {
    server = await startNats();
  });
  afterAll(() => server.stop());

  describe.each(versions)('by %s', (version, open) => {
    let opened: Opened;
    let client: js.JetStreamClient;
    let stream: string;
    let subject: string;
    let count = 0;
    const consuming: js.ConsumerMessages[] = [];

    beforeAll(async () => {
      opened = await open(server.url);
      client = traceNats(opened.client);
      expect(client).toBe(opened.client);
    });
    beforeEach(async () => {
      count++;
      stream = `${version.replace(/\W/g, '_')}_${count}`;
      subject = `q${stream}.created`;
      await opened.manager.streams.add({ name: stream, subjects: [`q${stream}.>`] });
      exporter.reset();
    });
    afterEach(async () => {
      for (const one of consuming.splice(0)) await one.close();
    });
    afterAll(() => opened.connection.close());

    const drawn = () => drawSpans(exporter.spans).map((line) => line.replaceAll(subject, 'q').replaceAll(stream, 'S'));
    const named = (name: string): SpanData[] => exporter.spans.filter((span) => span.name === `${name} ${subject}`);

    async function consumer(options: Partial<js.ConsumerConfig> = {}): Promise<js.Consumer> {
      await opened.manager.consumers.add(stream, { durable_name: 'work', ack_policy: 'explicit', ...options } as never);
      return client.consumers.get(stream, 'work');
    }

    /** Consumes. Resolves when so many messages have been handled. */
    async function consume(from: js.Consumer, handler: (message: js.JsMsg) => unknown, expected = 1): Promise<void> {
      let left = expected;
      let done = () => {};
      const ended = new Promise<void>((resolve) => {
        done = resolve;
      });
      consuming.push(
        await from.consume({
          callback: (message) => {
            try {
              return handler(message) as undefined;
            } finally {
              if (--left === 0) setImmediate(done);
            }
          },
        }),
      );
      await ended;
    }

    test('a message has one span up to its acknowledgement by the server, and what processes it is below', async () => {
      await withSpan('request', async () => {
        const { seq } = await client.publish(subject, 'secret', { msgID: 'm1' });
        expect(seq).toBe(1);
        withSpan('after', () => {});
      });
      await consume(await consumer(), (message) => {
        withSpan('work', () => message.ack());
      });
      expect(drawn()).toEqual(['request', '  publish q', '    process q', '      work', '  after']);
      expect(named('publish')[0]).toMatchObject({
        kind: 'producer',
        attributes: { 'messaging.message.id': 'm1', 'messaging.operation.type': 'send' },
      });
      expect(named('process')[0]).toMatchObject({
        kind: 'consumer',
        attributes: {
          'messaging.system': 'nats',
          'messaging.destination.name': subject,
          'messaging.destination.subscription.name': 'work',
          'messaging.message.id': 'm1',
          'nats.stream': stream,
          'nats.stream_sequence': 1,
          'server.port': server.port,
        },
      });
      expect(JSON.stringify(exporter.spans)).not.toContain('secret');
    });

    test('the headers of the caller stay as they are', async () => {
      const headers = nats.headers();
      headers.set('shop', 'one');
      await withSpan('request', () => client.publish(subject, 'x', { headers, msgID: 'm1' }));
      expect(Object.fromEntries(headers as never)).toEqual({ shop: ['one'] });
    });

    test('a message that cannot be kept has failed', async () => {
      await withSpan('request', async () => {
        await expect(client.publish('nowhere', 'x')).rejects.toThrow();
      });
      expect(drawn()).toEqual(['request', expect.stringMatching(/^ {2}publish nowhere ! \w+$/)]);
    });

    test('a message that is refused is an error, and is delivered again below the same sender', async () => {
      await withSpan('request', () => client.publish(subject, 'x'));
      await consume(
        await consumer(),
        (message) => {
          if (message.redelivered) message.ack();
          else message.nak();
        },
        2,
      );
      expect(drawn()).toEqual(['request', '  publish q', '    process q ! nak', '    process q']);
      expect(named('process')[1]?.attributes['nats.delivery_count']).toBe(2);
    });

    test('a message that is given up is an error', async () => {
      await client.publish(subject, 'x');
      await consume(await consumer(), (message) => message.term('bad order'));
      expect(drawn()).toEqual(['process q ! term']);
    });

    test('the end is the last of the acknowledgement and the promise of the handler', async () => {
      for (const content of ['first', 'last']) await client.publish(subject, content);
      const messages: js.JsMsg[] = [];
      let finish = () => {};
      await consume(
        await consumer(),
        (message) => {
          messages.push(message);
          if (messages.length === 1) return undefined;
          message.working();
          message.ack();
          return new Promise<void>((resolve) => {
            finish = resolve;
          });
        },
        2,
      );
      expect(drawn()).toEqual([]);
      messages[0]?.ack();
      expect(drawn()).toEqual(['process q']);
      finish();
      await exporter.waitFor(2);
      expect(drawn()).toEqual(['process q', 'process q']);
    });

    test('the acknowledgement of a consumer may be for all earlier messages', async () => {
      for (let index = 0; index < 3; index++) await client.publish(subject, `${index}`);
      const messages: js.JsMsg[] = [];
      await consume(await consumer({ ack_policy: 'all' as never }), (message) => messages.push(message), 3);
      messages[1]?.ack();
      expect(drawn()).toEqual(['process q', 'process q']);
      messages[2]?.ack();
      expect(drawn()).toHaveLength(3);
    });

    test('without acknowledgements the end is that of the handler', async () => {
      await client.publish(subject, 'x');
      await consume(await consumer({ ack_policy: 'none' as never }), () => {});
      expect(drawn()).toEqual(['process q']);
    });

    test('a message that is not acknowledged ends with the connection', async () => {
      const other = await open(server.url);
      await other.client.publish(subject, 'x');
      await consumer();
      const its = await other.client.consumers.get(stream, 'work');
      let received = () => {};
      const first = new Promise<void>((resolve) => {
        received = resolve;
      });
      const messages = await its.consume({ callback: () => received() });
      await first;
      await other.connection.close();
      await messages.close(); // that of nats 2 goes on without its connection
      expect(drawn()).toEqual(['process q ! connection_closed']);
    });

    test('a message that is asked for has a span below the caller, with a link to its sender', async () => {
      await withSpan('send', () => client.publish(subject, 'x'));
      const from = await consumer();
      await withSpan('request', async () => {
        const message = await from.next();
        message?.ack();
        withSpan('work', () => {});
      });
      expect(drawn()).toEqual(['send', '  publish q', 'request', '  receive S', '  work']);
      const [publish] = named('publish');
      expect(exporter.spans.find(({ name }) => name.startsWith('receive'))).toMatchObject({
        kind: 'client',
        links: [{ traceId: publish?.traceId, spanId: publish?.spanId }],
      });
    });

    test('messages that are fetched have one span, with links to their senders', async () => {
      for (let index = 0; index < 3; index++) await withSpan('send', () => client.publish(subject, 'x'));
      const from = await consumer();
      await withSpan('request', async () => {
        for await (const message of await from.fetch({ max_messages: 3, expires: 5000 })) message.ack();
      });
      await exporter.waitFor(8);
      const received = exporter.spans.find(({ name }) => name.startsWith('receive'));
      expect(received?.attributes['messaging.batch.message_count']).toBe(3);
      expect(received?.links.map(({ spanId }) => spanId)).toEqual(named('publish').map(({ spanId }) => spanId));
    });

    test.each(['next', 'fetch'] as const)('a call of %s() that the client refuses has failed', async (method) => {
      const from = await consumer();
      await withSpan('request', () => expect(async () => from[method]({ expires: 1 })).rejects.toThrow('expires'));
      expect(drawn()).toEqual([expect.stringMatching(/^request$/), expect.stringMatching(/^ {2}receive S ! /)]);
    });

    test('a message of a loop is processed below its sender in withMessage()', async () => {
      for (const content of ['works', 'refused', 'fails'])
        await withSpan('send', () => client.publish(subject, content));
      const from = await consumer();
      for await (const message of await from.fetch({ max_messages: 3, expires: 5000 })) {
        const processing = withMessage(message, async () => {
          if (message.string() === 'refused') message.nak(60_000);
          else withSpan('work', () => message.ack());
          if (message.string() === 'fails') throw new RangeError('no stock');
        });
        await processing.catch(() => {});
      }
      expect(drawn()).toEqual([
        'send',
        '  publish q',
        '    process q',
        '      work',
        'send',
        '  publish q',
        '    process q ! nak',
        'send',
        '  publish q',
        '    process q ! RangeError',
        '      work',
      ]);
    });

    test('a thousand messages, of which each tenth fails once, are each linked to their sender', async () => {
      const failed = new Set<string>();
      await withSpan('request', () =>
        Promise.all(Array.from({ length: 1000 }, (_, index) => client.publish(subject, `${index}`))),
      );
      await consume(
        await consumer(),
        async (message) => {
          const content = message.string();
          await new Promise(setImmediate);
          if (Number(content) % 10 === 0 && !failed.has(content)) {
            failed.add(content);
            message.nak();
          } else message.ack();
        },
        1100,
      );
      await exporter.waitFor(1 + 1000 + 1100);
      const below = new Map<string | undefined, string[]>();
      for (const { parentSpanId, attributes } of named('process')) {
        below.set(parentSpanId, [...(below.get(parentSpanId) ?? []), `${attributes['error.type'] ?? 'ack'}`]);
      }
      const ends = named('publish').map(({ spanId }) => below.get(spanId)?.join() ?? 'none');
      expect(named('process')).toHaveLength(1100);
      expect(ends.filter((end) => end === 'ack')).toHaveLength(900);
      expect(ends.filter((end) => end === 'nak,ack')).toHaveLength(100);
    });
  });
});

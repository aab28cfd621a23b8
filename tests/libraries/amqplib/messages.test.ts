// Messages through a real RabbitMQ, in each way to send and to acknowledge them.
import { activeSpan, extract, getTracer, setBaggage, withContext, withSpan } from '@waymark/core';
import { traceAmqplib, withMessage } from '@waymark/core/libraries';
import { type InMemoryExporter, inMemoryExporter, type SpanData } from '@waymark/core/testing';
import type * as amqplib from 'amqplib';
import { describeWith } from '../../services/describe-with.ts';
import { startRabbitmq } from '../../services/rabbitmq.ts';
import type { Service } from '../../services/service.ts';
import { drawSpans } from '../draw-spans.ts';

const exporter: InMemoryExporter = inMemoryExporter();
getTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });

// The types are those of 2: what the tests use is the same in both.
const versions = ['amqplib', 'amqplib010'] as const;

describeWith('rabbitmq')('messages', () => {
  let server: Service;

  beforeAll(async () => {
    server = await startRabbitmq();
  });
  afterAll(() => server.stop());

  describe.each(versions)('of %s', (version) => {
    const library = require(version) as typeof amqplib;
    let connection: amqplib.ChannelModel;
    let channel: amqplib.Channel;
    let confirming: amqplib.ConfirmChannel;
    let queue: string;
    let count = 0;

    beforeAll(async () => {
      expect(traceAmqplib(library)).toBe(library);
      connection = await library.connect(server.url);
    });
    beforeEach(async () => {
      count++;
      queue = `${version}-${count}`;
      channel = await connection.createChannel();
      confirming = await connection.createConfirmChannel();
      await channel.assertQueue(queue, { autoDelete: true });
      exporter.reset();
    });
    afterEach(async () => {
      for (const one of [channel, confirming]) await one.close().catch(() => {}); // a test may have closed it
    });
    afterAll(() => connection.close());

    const send = (content = 'x', options?: amqplib.Options.Publish) =>
      channel.sendToQueue(queue, Buffer.from(content), options);
    const drawn = () => drawSpans(exporter.spans).map((line) => line.replaceAll(queue, 'q'));
    const named = (name: string): SpanData[] => exporter.spans.filter((span) => span.name === `${name} ${queue}`);

    /** Consumes the queue. Resolves when so many messages have been handled. */
    async function consume(
      handler: (message: amqplib.ConsumeMessage) => unknown,
      options?: amqplib.Options.Consume,
      expected = 1,
    ): Promise<void> {
      let left = expected;
      await new Promise<void>((resolve, reject) => {
        channel
          .consume(
            queue,
            (message) => {
              try {
                return handler(message as amqplib.ConsumeMessage) as undefined;
              } finally {
                if (--left === 0) setImmediate(resolve);
              }
            },
            options,
          )
          .catch(reject);
      });
    }

    test('continue the trace of the code that sends them, and name the queue', async () => {
      await withSpan('request', async () => {
        setBaggage('tenant', 'acme');
        send('secret', { messageId: 'm1', correlationId: 'c1', headers: { shop: 'one' } });
      });
      let headers: unknown;
      await consume((message) => {
        headers = message.properties.headers;
        withSpan('work', () => {});
        channel.ack(message);
      });
      expect(drawn()).toEqual(['request', '  publish q', '    process q', '      work']);
      const [publish] = named('publish');
      const [process] = named('process');
      const common = {
        'messaging.system': 'rabbitmq',
        'messaging.destination.name': queue,
        'messaging.rabbitmq.destination.routing_key': queue,
        'messaging.message.id': 'm1',
        'messaging.message.conversation_id': 'c1',
        'server.address': '127.0.0.1',
        'server.port': server.port,
      };
      expect({ kind: publish?.kind, attributes: publish?.attributes }).toEqual({
        kind: 'producer',
        attributes: { ...common, 'messaging.operation.name': 'publish', 'messaging.operation.type': 'send' },
      });
      expect({ kind: process?.kind, attributes: process?.attributes }).toEqual({
        kind: 'consumer',
        attributes: {
          ...common,
          'messaging.operation.name': 'process',
          'messaging.operation.type': 'process',
          'messaging.rabbitmq.message.delivery_tag': 1,
        },
      });
      expect(headers).toEqual({
        shop: 'one',
        traceparent: `00-${publish?.traceId}-${publish?.spanId}-03`,
        baggage: 'tenant=acme',
      });
      expect(JSON.stringify(exporter.spans)).not.toContain('secret');
    });

    test('have the name of their exchange, routing key and queue', async () => {
      const exchange = `${queue}-topic`;
      await channel.assertExchange(exchange, 'topic', { autoDelete: true });
      await channel.bindQueue(queue, exchange, 'order.*');
      withSpan('request', () => channel.publish(exchange, 'order.paid', Buffer.from('x')));
      await consume((message) => channel.ack(message));
      expect(drawn()).toEqual(['request', '  publish q-topic:order.paid', '    process q-topic:order.paid:q']);
    });

    test('have no name of a queue that the broker has made up', async () => {
      const { queue: made } = await channel.assertQueue('', { exclusive: true });
      withSpan('request', () => channel.sendToQueue(made, Buffer.from('x')));
      const address = `127.0.0.1:${server.port}`;
      expect(drawn()).toEqual([`  publish ${address}`, 'request'].reverse());
      expect(exporter.spans[0]?.attributes).toMatchObject({
        'messaging.destination.name': made,
        'messaging.destination.anonymous': true,
      });
    });

    test('are not sent in a span outside any, and are processed in one all the same', async () => {
      send();
      await consume((message) => channel.ack(message));
      expect(drawn()).toEqual(['process q']);
    });

    test('are processed below their sender, not below the code that consumes', async () => {
      await withSpan('send', () => send());
      await withSpan('subscribe', () => consume((message) => channel.ack(message)));
      expect(drawn()).toEqual(['send', '  publish q', '    process q', 'subscribe']);
    });

    test('do not change the options of the caller, which may be frozen and used again', async () => {
      const headers = Object.freeze({ shop: 'one' });
      const options = Object.freeze({ headers, persistent: true, type: 'order' });
      await withSpan('request', async () => {
        for (let time = 0; time < 2; time++) channel.publish('', queue, Buffer.from('x'), options);
      });
      const received: amqplib.ConsumeMessage[] = [];
      await consume((message) => void received.push(message), { noAck: true }, 2);
      expect(headers).toEqual({ shop: 'one' });
      const published = named('publish').map(({ spanId }) => spanId);
      expect(received.map(({ properties }) => properties)).toMatchObject(
        published.map((spanId) => ({
          deliveryMode: 2,
          type: 'order',
          headers: { shop: 'one', traceparent: expect.stringContaining(spanId) },
        })),
      );
    });

    test('keep what their options and headers inherit', async () => {
      class Options {
        get type() {
          return 'order';
        }
        headers = Object.create({ shop: 'one' });
      }
      await withSpan('request', () => channel.sendToQueue(queue, Buffer.from('x'), new Options()));
      let received: amqplib.ConsumeMessage | undefined;
      await consume(
        (message) => {
          received = message;
        },
        { noAck: true },
      );
      expect(received?.properties).toMatchObject({ type: 'order', headers: { shop: 'one' } });
      expect(received?.properties.headers?.traceparent).toContain(named('publish')[0]?.spanId);
    });

    test('keep the context that the application has put into them', async () => {
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      await withSpan('request', () => send('x', { headers: { traceparent } }));
      await consume((message) => channel.ack(message));
      expect(named('process')).toMatchObject([
        { traceId: '0af7651916cd43dd8448eb211c80319c', parentSpanId: 'b7ad6b7169203331' },
      ]);
    });

    test('carry the decision of a request that is not sampled', async () => {
      const remote = extract({ traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00' });
      withContext(remote, () => withSpan('request', () => send()));
      let carried: unknown;
      let within: string | undefined;
      await consume((message) => {
        carried = message.properties.headers?.traceparent;
        within = activeSpan()?.traceId;
        channel.ack(message);
      });
      expect(carried).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-.{16}-00$/);
      expect(within).toBe('0af7651916cd43dd8448eb211c80319c');
      expect(exporter.spans).toEqual([]);
    });

    describe('end', () => {
      test('without acknowledgements with the promise of the handler', async () => {
        await withSpan('request', () => send());
        let finish = () => {};
        await consume(() => new Promise<void>((resolve) => (finish = resolve)), { noAck: true });
        expect(named('process')).toEqual([]);
        finish();
        await exporter.waitFor(3);
        expect(drawn()).toEqual(['request', '  publish q', '    process q']);
      });

      test('at the acknowledgement that comes after the handler has returned', async () => {
        let received: amqplib.ConsumeMessage | undefined;
        send();
        await consume((message) => {
          received = message;
        });
        expect(exporter.spans).toEqual([]);
        channel.ack(received as amqplib.ConsumeMessage);
        expect(drawn()).toEqual(['process q']);
      });

      test('with the promise of a handler that acknowledges first', async () => {
        let finish = () => {};
        send();
        await consume((message) => {
          channel.ack(message);
          return new Promise<void>((resolve) => (finish = resolve));
        });
        expect(exporter.spans).toEqual([]);
        finish();
        await exporter.waitFor(1);
        expect(drawn()).toEqual(['process q']);
      });

      test.each([
        ['nack', (message: amqplib.ConsumeMessage) => channel.nack(message)],
        ['reject', (message: amqplib.ConsumeMessage) => channel.reject(message)],
      ] as const)(
        'as failed at a %s, and the message is delivered again below the same sender',
        async (how, refuse) => {
          await withSpan('request', () => send());
          await consume(
            (message) => (message.fields.redelivered ? channel.ack(message) : refuse(message)),
            undefined,
            2,
          );
          expect(drawn()).toEqual(['request', '  publish q', `    process q ! ${how}`, '    process q']);
          const [first, second] = named('process');
          expect(first?.attributes).toMatchObject({ 'error.type': how, 'amqp.requeue': true });
          expect(first?.attributes).not.toHaveProperty('amqp.redelivered');
          expect(first?.events).toEqual([]);
          expect(second?.attributes).toMatchObject({ 'amqp.redelivered': true });
        },
      );

      test.each([
        ['ack(…, true)', (messages: amqplib.ConsumeMessage[]) => channel.ack(messages[1] as never, true), ['', '']],
        ['ackAll()', () => channel.ackAll(), ['', '', '']],
        ['nackAll()', () => channel.nackAll(false), ['nack', 'nack', 'nack']],
        [
          'nack(…, true)',
          (messages: amqplib.ConsumeMessage[]) => channel.nack(messages[1] as never, true, false),
          ['nack', 'nack'],
        ],
      ])('together at %s', async (_, settle, expected) => {
        for (let index = 0; index < 3; index++) send();
        const messages: amqplib.ConsumeMessage[] = [];
        await consume((message) => void messages.push(message), undefined, 3);
        settle(messages);
        expect(exporter.spans.map(({ attributes }) => attributes['error.type'] ?? '')).toEqual(expected);
      });

      test.each([
        ['channel', () => channel.close()],
        [
          'connection',
          async () => {
            const lost = await library.connect(server.url);
            lost.on('error', () => {});
            const other = await lost.createChannel();
            await other.assertQueue(`${queue}-lost`, { autoDelete: true });
            other.sendToQueue(`${queue}-lost`, Buffer.from('x'));
            await new Promise<void>((resolve) => other.consume(`${queue}-lost`, () => resolve()));
            (lost as unknown as { connection: { stream: { destroy(error: Error): void } } }).connection.stream.destroy(
              new Error('lost'),
            );
          },
        ],
      ])('with their %s', async (what, end) => {
        if (what === 'channel') {
          send();
          await consume(() => {});
        }
        await end();
        await exporter.waitFor(1);
        expect(exporter.spans).toMatchObject([
          { name: expect.stringContaining('process'), attributes: { 'error.type': 'channel_closed' } },
        ]);
      });
    });

    test('continue the trace of their first sender when they were dead-lettered', async () => {
      const dead = `${queue}-dead`;
      const source = `${queue}-source`;
      await channel.assertQueue(dead, { autoDelete: true });
      await channel.assertQueue(source, { autoDelete: true, deadLetterExchange: '', deadLetterRoutingKey: dead });
      await withSpan('request', async () => channel.sendToQueue(source, Buffer.from('x')));
      const ended = new Promise<void>((resolve) => {
        channel.consume(dead, (message) => {
          channel.ack(message as amqplib.ConsumeMessage);
          resolve();
        });
      });
      await channel.consume(source, (message) => channel.nack(message as amqplib.ConsumeMessage, false, false));
      await ended;
      expect(drawn()).toEqual(['request', '  publish q-source', '    process q-source ! nack', '    process q-dead']);
    });

    test('leave a handler alone that is called since its consumer was cancelled', async () => {
      const cancelled = new Promise((resolve) => channel.consume(queue, resolve));
      await confirming.deleteQueue(queue);
      expect(await cancelled).toBeNull();
      expect(exporter.spans).toEqual([]);
    });

    test('that cannot be sent have failed, with the error that the caller gets', async () => {
      await channel.close();
      expect(() => withSpan('request', () => send())).toThrow(library.IllegalOperationError);
      expect(drawn()).toEqual(['request ! Channel closed', '  publish q ! IllegalOperationError']);
    });

    describe('on a confirm channel', () => {
      test('end with the confirmation, whose callback runs in the context of its caller', async () => {
        const seen: unknown[] = [];
        await withSpan('request', async (request) => {
          await new Promise<void>((resolve) => {
            confirming.sendToQueue(queue, Buffer.from('x'), {}, (error) => {
              seen.push(error, activeSpan() === request);
              resolve();
            });
            expect(exporter.spans).toEqual([]);
          });
        });
        expect(seen).toEqual([null, true]);
        expect(drawn()).toEqual(['request', '  publish q']);
      });

      test('end with it as well where nothing waits, and waitForConfirms() resolves', async () => {
        await withSpan('request', async () => {
          confirming.sendToQueue(queue, Buffer.from('x'));
          confirming.publish('', queue, Buffer.from('y'));
          expect(exporter.spans).toEqual([]);
          await confirming.waitForConfirms();
          expect(exporter.spans).toHaveLength(2);
        });
        expect(drawn()).toEqual(['request', '  publish q', '  publish q']);
      });

      test('have failed if the broker refuses them', async () => {
        const full = `${queue}-full`;
        await channel.assertQueue(full, {
          autoDelete: true,
          maxLength: 1,
          arguments: { 'x-overflow': 'reject-publish' },
        });
        const errors: unknown[] = [];
        await withSpan('request', async () => {
          for (let index = 0; index < 2; index++) {
            await new Promise<void>((resolve) => {
              confirming.sendToQueue(full, Buffer.from('x'), {}, (error) => {
                errors.push(error?.message);
                resolve();
              });
            });
          }
          confirming.sendToQueue(full, Buffer.from('x'));
          await expect(confirming.waitForConfirms()).rejects.toThrow('message nacked');
        });
        expect(errors).toEqual([undefined, 'message nacked']);
        expect(drawn()).toEqual(['request', '  publish q-full', '  publish q-full ! nack', '  publish q-full ! nack']);
      });

      test('have failed if the channel ends first, which waitForConfirms() still says', async () => {
        const refused: unknown[] = [];
        confirming.on('error', () => {});
        await withSpan('request', async () => {
          confirming.publish(`${queue}-missing`, '', Buffer.from('x'));
          confirming.publish(
            `${queue}-missing`,
            '',
            Buffer.from('x'),
            {},
            (error) => void refused.push(error?.message),
          );
          await new Promise((resolve) => confirming.once('close', resolve));
          await expect(confirming.waitForConfirms()).rejects.toThrow('channel closed');
        });
        expect(drawn()).toEqual([
          'request',
          '  publish q-missing ! channel_closed',
          '  publish q-missing ! channel_closed',
        ]);
        // amqplib 0.10 forgets the callbacks after one that is missing, with tracing or without.
        expect(refused).toEqual(['channel closed']);
      });
    });

    describe('that are asked for', () => {
      test('have a span below the caller, with a link to their sender', async () => {
        await withSpan('send', () => send('x', { messageId: 'm1' }));
        await withSpan('request', async () => {
          let message: amqplib.GetMessage | false = false;
          while (message === false) message = await channel.get(queue);
          channel.ack(message);
          withSpan('work', () => {});
        });
        const [publish] = named('publish');
        const got = named('get').at(-1);
        expect(got).toMatchObject({
          kind: 'client',
          links: [{ traceId: publish?.traceId, spanId: publish?.spanId }],
          attributes: { 'messaging.operation.type': 'receive', 'messaging.message.id': 'm1' },
        });
        expect(drawn().slice(-2)).toEqual(['  get q', '  work']);
      });

      test('are processed below their sender in withMessage(), which is an error if they are refused', async () => {
        await withSpan('send', async () => {
          for (const content of ['works', 'fails']) send(content);
        });
        for (let left = 2; left > 0; ) {
          const message = await channel.get(queue);
          if (message === false) continue;
          left--;
          await withMessage(message, async ({ content }) => {
            if (`${content}` === 'fails') channel.nack(message, false, false);
            else withSpan('work', () => channel.ack(message));
          });
        }
        expect(drawn()).toEqual([
          'send',
          '  publish q',
          '    process q',
          '      work',
          '  publish q',
          '    process q ! nack',
        ]);
      });

      test('have a span also if there is none, and if it fails', async () => {
        channel.on('error', () => {});
        await withSpan('request', async () => {
          expect(await channel.get(queue)).toBe(false);
          await expect(channel.get(`${queue}-missing`)).rejects.toBeDefined(); // in 0.10 it is no error
        });
        expect(drawn()).toEqual([
          'request',
          '  get q',
          expect.stringMatching('^  get q-missing ! (Error|_OTHER|Object)$'),
        ]);
      });
    });

    test('of 50 requests at the same time have the right parents', async () => {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          withSpan(`request ${index}`, async () => {
            await new Promise(setImmediate);
            send(`${index}`);
          }),
        ),
      );
      await consume(
        async (message) => {
          await new Promise(setImmediate);
          withSpan(`work ${message.content}`, () => channel.ack(message));
        },
        undefined,
        50,
      );
      await exporter.waitFor(200);
      const expected = Array.from({ length: 50 }, (_, index) => [
        `request ${index}`,
        '  publish q',
        '    process q',
        `      work ${index}`,
      ]);
      expect(drawn()).toEqual(expected.flat());
    });

    test('of a thousand, of which each tenth fails once, are each linked to their sender', async () => {
      await channel.prefetch(50);
      const failed = new Set<string>();
      await withSpan('request', async () => {
        for (let index = 0; index < 1000; index++) send(`${index}`);
      });
      await consume(
        async (message) => {
          const content = `${message.content}`;
          await new Promise(setImmediate);
          if (Number(content) % 10 === 0 && !failed.has(content)) {
            failed.add(content);
            channel.nack(message);
          } else channel.ack(message);
        },
        undefined,
        1100,
      );
      await exporter.waitFor(1 + 1000 + 1100);
      const sent = named('publish').map(({ spanId }) => spanId);
      const processed = named('process');
      const below = new Map<string | undefined, string[]>();
      for (const { parentSpanId, attributes } of processed) {
        below.set(parentSpanId, [...(below.get(parentSpanId) ?? []), `${attributes['error.type'] ?? 'ack'}`]);
      }
      expect(processed).toHaveLength(1100);
      expect(sent.map((spanId) => below.get(spanId))).toEqual(
        sent.map((_, index) => (index % 10 === 0 ? ['nack', 'ack'] : ['ack'])),
      );
    });
  });
});

// Core NATS: messages, requests and subscriptions, with a real server.

import type * as nats from '@nats-io/transport-node';
import { activeSpan, extract, getTracer, setBaggage, withContext, withSpan } from '@waymark/core';
import { traceNats, withMessage } from '@waymark/core/libraries';
import { type InMemoryExporter, inMemoryExporter, type SpanData } from '@waymark/core/testing';
import { describeWith } from '../../services/describe-with.ts';
import { startNats } from '../../services/nats.ts';
import type { Service } from '../../services/service.ts';
import { drawSpans } from '../draw-spans.ts';

const exporter: InMemoryExporter = inMemoryExporter();
getTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });

// The types are those of 3: what the tests use is the same in both.
const versions = ['@nats-io/transport-node', 'nats'] as const;

describeWith('nats')('core NATS', () => {
  let server: Service;

  beforeAll(async () => {
    server = await startNats();
  });
  afterAll(() => server.stop());

  describe.each(versions)('by %s', (version) => {
    const library = require(version) as typeof nats;
    let connection: nats.NatsConnection;

    beforeAll(async () => {
      expect(traceNats(library)).toBe(library);
      connection = await library.connect({ servers: server.url });
    });
    beforeEach(() => exporter.reset());
    afterAll(() => connection.close());

    const named = (name: string): SpanData[] => exporter.spans.filter((span) => span.name === name);
    const drawn = () => drawSpans(exporter.spans);

    /** Subscribes. Resolves when so many messages have been handled. */
    function subscribe(
      subject: string,
      handler: (message: nats.Msg) => unknown,
      expected = 1,
      options: nats.SubscriptionOptions = {},
    ): { readonly ended: Promise<void> } {
      let left = expected;
      let subscription: nats.Subscription | undefined;
      const ended = new Promise<void>((resolve) => {
        subscription = connection.subscribe(subject, {
          ...options,
          callback: (_, message) => {
            try {
              return handler(message) as undefined;
            } finally {
              if (--left === 0) {
                subscription?.unsubscribe();
                setImmediate(resolve);
              }
            }
          },
        });
      });
      return { ended };
    }

    test('messages continue the trace of the code that sends them', async () => {
      let headers: unknown;
      const { ended } = subscribe('orders', (message) => {
        headers = Object.fromEntries(message.headers ?? []);
        withSpan('work', () => {});
      });
      await withSpan('request', async () => {
        setBaggage('tenant', 'acme');
        connection.publish('orders', 'secret');
      });
      await ended;
      expect(drawn()).toEqual(['request', '  publish orders', '    process orders', '      work']);
      const [publish] = named('publish orders');
      const [process] = named('process orders');
      const common = {
        'messaging.system': 'nats',
        'messaging.destination.name': 'orders',
        'server.address': '127.0.0.1',
        'server.port': server.port,
      };
      expect({ kind: publish?.kind, attributes: publish?.attributes }).toEqual({
        kind: 'producer',
        attributes: { ...common, 'messaging.operation.name': 'publish', 'messaging.operation.type': 'send' },
      });
      expect({ kind: process?.kind, attributes: process?.attributes }).toEqual({
        kind: 'consumer',
        attributes: { ...common, 'messaging.operation.name': 'process', 'messaging.operation.type': 'process' },
      });
      expect(headers).toEqual({
        traceparent: [`00-${publish?.traceId}-${publish?.spanId}-03`],
        baggage: ['tenant=acme'],
      });
      expect(JSON.stringify(exporter.spans)).not.toContain('secret');
    });

    test('messages of a subscription with wildcards have its name, and the queue group', async () => {
      const { ended } = subscribe('shop.*.paid', () => {}, 1, { queue: 'workers' });
      withSpan('request', () => connection.publish('shop.7.paid'));
      await ended;
      expect(drawn()).toEqual(['request', '  publish shop.7.paid', '    process shop.*.paid']);
      expect(named('process shop.*.paid')[0]?.attributes).toMatchObject({
        'messaging.destination.name': 'shop.7.paid',
        'messaging.destination.template': 'shop.*.paid',
        'messaging.consumer.group.name': 'workers',
      });
    });

    test('the headers and options of the caller stay as they are', async () => {
      const received: unknown[] = [];
      const { ended } = subscribe('copied', (message) => received.push(Object.fromEntries(message.headers ?? [])), 2);
      const headers = library.headers();
      headers.append('shop', 'one');
      headers.append('shop', 'two');
      const options = Object.freeze({ headers, reply: 'answers' });
      withSpan('request', () => {
        for (let time = 0; time < 2; time++) connection.publish('copied', 'x', { ...options });
      });
      await ended;
      expect(Object.fromEntries(headers)).toEqual({ shop: ['one', 'two'] });
      expect(received).toMatchObject(
        named('publish copied').map(({ spanId }) => ({
          shop: ['one', 'two'],
          traceparent: [expect.stringContaining(spanId)],
        })),
      );
    });

    test('a context that the application has put into a message stays, in any case', async () => {
      const { ended } = subscribe('forwarded', () => {});
      const headers = library.headers();
      headers.append('Traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
      withSpan('request', () => connection.publish('forwarded', 'x', { headers }));
      await ended;
      expect(named('process forwarded')).toMatchObject([
        { traceId: '0af7651916cd43dd8448eb211c80319c', parentSpanId: 'b7ad6b7169203331' },
      ]);
    });

    test('a request that is not sampled carries its decision', async () => {
      let carried: string | undefined;
      let within: string | undefined;
      const { ended } = subscribe('unsampled', (message) => {
        carried = message.headers?.get('traceparent');
        within = activeSpan()?.traceId;
      });
      const remote = extract({ traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00' });
      withContext(remote, () => withSpan('request', () => connection.publish('unsampled')));
      await ended;
      expect(carried).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-.{16}-00$/);
      expect(within).toBe('0af7651916cd43dd8448eb211c80319c');
      expect(exporter.spans).toEqual([]);
    });

    test('the end is that of the promise of the handler', async () => {
      let finish = () => {};
      const { ended } = subscribe(
        'slow',
        () =>
          new Promise<void>((resolve) => {
            finish = resolve;
          }),
      );
      connection.publish('slow');
      await ended;
      expect(drawn()).toEqual([]);
      finish();
      await exporter.waitFor(1);
      expect(drawn()).toEqual(['process slow']);
    });

    describe('a request', () => {
      test.each([false, true])(
        'has a span up to its answer, and the responder is below it (noMux: %s)',
        async (noMux) => {
          const subject = `sums-${noMux}`;
          const { ended } = subscribe(subject, async (message) => {
            await new Promise(setImmediate);
            withSpan('work', () => message.respond('2'));
          });
          await withSpan('request', async () => {
            const answer = await connection.request(subject, '1', { timeout: 5000, noMux });
            expect(answer.string()).toBe('2');
            withSpan('after', () => {});
          });
          await ended;
          await exporter.waitFor(5);
          expect(drawn()).toEqual([
            'request',
            `  request ${subject}`,
            `    process ${subject}`,
            '      work',
            '  after',
          ]);
          expect(named(`request ${subject}`)[0]?.kind).toBe('client');
        },
      );

      test('that nothing answers has failed', async () => {
        await withSpan('request', async () => {
          await expect(connection.request('nobody')).rejects.toThrow();
        });
        expect(drawn()).toEqual(['request', expect.stringMatching(/^ {2}request nobody ! (NoResponders|503)$/)]);
      });

      test('for several answers ends with them', async () => {
        const { ended } = subscribe('several', (message) => {
          for (const answer of ['1', '2']) message.respond(answer);
        });
        const answers: string[] = [];
        await withSpan('request', async () => {
          const iterator = await connection.requestMany('several', '', {
            strategy: 'count',
            maxMessages: 2,
            maxWait: 5000,
          } as never);
          for await (const answer of iterator) answers.push((answer as nats.Msg).string());
        });
        await ended;
        expect(answers).toEqual(['1', '2']);
        expect(drawn()).toEqual(['request', '  request several', '    process several']);
      });
    });

    test('what cannot be sent has failed, with the error that the caller gets', () => {
      expect(() => withSpan('request', () => connection.publish('typed', 1 as never))).toThrow(/payload/i);
      expect(exporter.spans).toMatchObject([
        { name: 'publish typed', status: { code: 'error' } },
        { name: 'request', status: { code: 'error' } },
      ]);
    });

    test('a message of a loop is processed below its sender in withMessage()', async () => {
      const subscription = connection.subscribe('looped', { max: 2 });
      withSpan('send', () => {
        for (const content of ['works', 'fails']) connection.publish('looped', content);
      });
      for await (const message of subscription) {
        const processing = withMessage(message, async () => {
          withSpan('work', () => {});
          if (message.string() === 'fails') throw new RangeError('no stock');
        });
        await processing.catch(() => {});
      }
      expect(drawn()).toEqual([
        'send',
        '  publish looped',
        '    process looped',
        '      work',
        '  publish looped',
        '    process looped ! RangeError',
        '      work',
      ]);
    });

    test('50 requests at the same time have the right parents', async () => {
      const { ended } = subscribe(
        'many',
        async (message) => {
          await new Promise(setImmediate);
          withSpan(`work ${message.string()}`, () => {});
        },
        50,
      );
      await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          withSpan(`request ${index}`, async () => {
            await new Promise(setImmediate);
            connection.publish('many', `${index}`);
          }),
        ),
      );
      await ended;
      await exporter.waitFor(200);
      const expected = Array.from({ length: 50 }, (_, index) => [
        `request ${index}`,
        '  publish many',
        '    process many',
        `      work ${index}`,
      ]);
      expect(drawn()).toEqual(expected.flat());
    });
  });
});

// Handlers of messages that use Waymark's functions and OpenTelemetry's API in turn, and send the next message.
import { activeSpan, extract, inject, withContext, withSpan } from '@waymark/core';
import type { Scenario } from '../scenario.ts';

interface Received {
  readonly content: Buffer;
  readonly properties: { readonly headers: Record<string, string> };
}

export const scenario: Scenario = {
  services: ['rabbitmq'],
  instrumentations: (load) => [new (load('@opentelemetry/instrumentation-amqplib').AmqplibInstrumentation)()],

  async run({ load, api, servers, inRequest, mark }) {
    const tracer = api.trace.getTracer('shop', '1.0.0');
    const connection = await load('amqplib').connect(servers.rabbitmq.url);
    const channel = await connection.createChannel();
    for (const queue of ['first', 'second']) await channel.assertQueue(queue, { exclusive: true });

    const seenLast = new Promise<void>((resolve) => {
      void channel.consume('second', (message: Received) => {
        // As a consumer without an instrumentation does it.
        withContext(extract(message.properties.headers), () => mark('continued by hand'));
        channel.ack(message);
        resolve();
      });
    });
    await channel.consume('first', async (message: Received) => {
      await withSpan('charge', async () => {
        await new Promise(setImmediate);
        await tracer.startActiveSpan('ask the bank', async (span: import('@opentelemetry/api').Span) => {
          await new Promise(setImmediate);
          if (api.trace.getActiveSpan() !== activeSpan()) throw new Error('there are two active spans');
          activeSpan()?.setAttribute('same', true);
          mark('in both');
          channel.sendToQueue('second', message.content);
          span.end();
        });
        mark('after the bank');
      });
      channel.ack(message);
    });
    // As a producer without an instrumentation does it, too: the instrumentation's header takes its place.
    await inRequest('publish', async () => {
      const headers = {};
      inject(headers);
      channel.sendToQueue('first', Buffer.from('order'), { headers });
    });
    await seenLast;
    await channel.close();
    await connection.close();
  },
};

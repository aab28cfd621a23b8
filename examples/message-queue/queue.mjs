// A trace across a message queue of any kind. The context is in the headers of the message, so "process orders" is below
// "send orders", although other code calls it later.
import { EventEmitter, once } from 'node:events';
import { extract, getTracer, inject, withSpan } from '@waymark/core';

getTracer({ serviceName: 'shop', exporter: 'console' });

// In place of Kafka, RabbitMQ or SQS: a body with headers. Kafka's clients pass headers as buffers, so this broker does too.
const broker = new EventEmitter();
function publish(topic, { headers, body }) {
  const bytes = Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]);
  setImmediate(() => broker.emit(topic, { headers: Object.fromEntries(bytes), body: JSON.stringify(body) }));
}

// The consumer, usually another service. The span that sent the message is the parent of the span that processes it.
broker.on('orders', (message) =>
  withSpan('process orders', { kind: 'consumer', parent: extract(message.headers) }, async (span) => {
    span.setAttribute('messaging.destination.name', 'orders');
    await withSpan('reserveStock', async () => JSON.parse(message.body));
    broker.emit('done');
  }),
);

// The producer.
const done = once(broker, 'done');
await withSpan('checkout', async () => {
  await withSpan('send orders', { kind: 'producer' }, async () => {
    const headers = {};
    inject(headers); // adds traceparent, and the other headers of the trace
    publish('orders', { headers, body: { article: 'tea', count: 2 } });
  });
  await done;
});

// What you should see:
//
// trace c2d1bed3976e5da4ce1a8832669737c2  4 spans, 1 service, 3.20 ms
// shop checkout           3.20 ms  ─────────────────────────
// └─ ⇢ send orders        0.61 ms       ╶────
//    └─ ▹ process orders  0.40 ms                       ───╴
//       └─ reserveStock     63 µs                        ╴

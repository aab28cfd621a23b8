// A trace across a message queue: its context travels in the message's headers, whatever the queue is. "process orders"
// is below "send orders", though other code calls it later.
import { EventEmitter, once } from 'node:events';
import { consoleExporter, extract, getTracer, inject, withSpan } from '@waymark/core';

getTracer({ serviceName: 'shop', exporter: consoleExporter() });

// Stands in for Kafka, RabbitMQ, SQS: a body with headers. Kafka's clients hand headers over as buffers, so this does too.
const broker = new EventEmitter();
function publish(topic, { headers, body }) {
  const bytes = Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]);
  setImmediate(() => broker.emit(topic, { headers: Object.fromEntries(bytes), body: JSON.stringify(body) }));
}

// The consumer, in real life another service: the span that sent the message is the parent of the one that handles it.
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
    inject(headers); // adds traceparent, and what else belongs to the trace
    publish('orders', { headers, body: { article: 'tea', count: 2 } });
  });
  await done;
});

// What you should see:
//
// trace c2d1bed3976e5da4ce1a8832669737c2  4 spans, 1 service, 3.20 ms
// shop checkout                                             3.20 ms  ─────────────────────────
// └─ ⇢ send orders                                          0.61 ms       ╶────
//    └─ ▹ process orders messaging.destination.name=orders  0.40 ms                       ───╴
//       └─ reserveStock                                       63 µs                        ╴

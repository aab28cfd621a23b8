// Code for dd-trace. docs/migrating.md shows it beside after.mjs.
import tracer from 'dd-trace';
import { charge, jobs } from '../shop.js';

export async function checkout(cart) {
  return tracer.trace('checkout', { tags: { 'cart.size': cart.length } }, () => charge(cart));
}

export function send(order) {
  tracer.trace('send orders', { tags: { 'span.kind': 'producer' } }, (span) => {
    const headers = {};
    tracer.inject(span, 'text_map', headers);
    jobs.push({ headers, order });
  });
}

export function work() {
  for (const { headers, order } of jobs.splice(0)) {
    const parent = tracer.extract('text_map', headers);
    tracer.trace('process orders', { childOf: parent, tags: { 'span.kind': 'consumer' } }, (span) => {
      span.setTag('order.id', order.id);
    });
  }
}

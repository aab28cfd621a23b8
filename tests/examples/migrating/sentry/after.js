// The same for Waymark.
import { extract, inject, withSpan } from '@waymark/core';
import { charge, jobs } from '../shop.js';

export async function checkout(cart) {
  return withSpan('checkout', { attributes: { 'cart.size': cart.length } }, () => charge(cart));
}

export function send(order) {
  withSpan('send orders', { kind: 'producer' }, () => {
    const headers = {};
    inject(headers);
    jobs.push({ headers, order });
  });
}

export function work() {
  for (const { headers, order } of jobs.splice(0)) {
    withSpan('process orders', { kind: 'consumer', parent: extract(headers) }, (span) => {
      span.setAttribute('order.id', order.id);
    });
  }
}

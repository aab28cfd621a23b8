// The same for Waymark.
import {
  activeSpan,
  bind,
  contextWith,
  extract,
  getBaggage,
  inject,
  startSpan,
  withBaggage,
  withContext,
  withSpan,
} from '@waymark/core';
import { charge, jobs } from '../shop.js';

export async function checkout(cart) {
  return withSpan('checkout', { attributes: { 'cart.size': cart.length } }, () => charge(cart));
}

export function compress(file, done) {
  const span = startSpan('compress');
  withContext(contextWith(span), () => {
    file.once(
      'end',
      bind(() => {
        activeSpan()?.addEvent('compressed');
        span.end();
        done();
      }),
    );
  });
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

export function asTenant(tenant, fn) {
  return withBaggage({ tenant }, fn);
}

export function currentTenant() {
  return getBaggage('tenant');
}

// Code for Sentry. docs/migrating.md shows it beside after.mjs.
import * as Sentry from '@sentry/node';
import { charge, jobs } from '../shop.js';

export async function checkout(cart) {
  return Sentry.startSpan({ name: 'checkout', attributes: { 'cart.size': cart.length } }, () => charge(cart));
}

export function send(order) {
  Sentry.startSpan({ name: 'send orders', op: 'queue.publish' }, () => {
    jobs.push({ headers: Sentry.getTraceData(), order });
  });
}

export function work() {
  for (const { headers, order } of jobs.splice(0)) {
    Sentry.continueTrace({ sentryTrace: headers['sentry-trace'], baggage: headers.baggage }, () => {
      Sentry.startSpan({ name: 'process orders', op: 'queue.process' }, (span) => {
        span.setAttribute('order.id', order.id);
      });
    });
  }
}

// Code for OpenTelemetry's API. docs/migrating.md shows it beside after.mjs.
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { charge, jobs } from '../shop.js';

const tracer = trace.getTracer('shop', '1.2.0');

export async function checkout(cart) {
  return tracer.startActiveSpan('checkout', { attributes: { 'cart.size': cart.length } }, async (span) => {
    try {
      return await charge(cart);
    } catch (error) {
      span.recordException(error);
      span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
      throw error;
    } finally {
      span.end();
    }
  });
}

export function compress(file, done) {
  const span = tracer.startSpan('compress');
  context.with(trace.setSpan(context.active(), span), () => {
    file.once(
      'end',
      context.bind(context.active(), () => {
        trace.getActiveSpan()?.addEvent('compressed');
        span.end();
        done();
      }),
    );
  });
}

export function send(order) {
  tracer.startActiveSpan('send orders', { kind: SpanKind.PRODUCER }, (span) => {
    const headers = {};
    propagation.inject(context.active(), headers);
    jobs.push({ headers, order });
    span.end();
  });
}

export function work() {
  for (const { headers, order } of jobs.splice(0)) {
    const parent = propagation.extract(context.active(), headers);
    tracer.startActiveSpan('process orders', { kind: SpanKind.CONSUMER }, parent, (span) => {
      span.setAttribute('order.id', order.id);
      span.end();
    });
  }
}

export function asTenant(tenant, fn) {
  const baggage = propagation.getActiveBaggage() ?? propagation.createBaggage();
  const next = propagation.setBaggage(context.active(), baggage.setEntry('tenant', { value: tenant }));
  return context.with(next, fn);
}

export function currentTenant() {
  return propagation.getActiveBaggage()?.getEntry('tenant')?.value;
}

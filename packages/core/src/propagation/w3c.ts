/** The two W3C propagators: `tracecontext` and `baggage`. */
import { Context } from '../context.ts';
import { isWaymarkSpan } from '../waymark-span.ts';
import { parseBaggage, serializeBaggage } from './baggage-header.ts';
import { joinBaggage } from './join-formats.ts';
import { joinedField, type Propagator, singleField } from './propagator.ts';
import { readRemoteSpan, traceparentOf } from './traceparent.ts';

/**
 * The headers `traceparent` and `tracestate`.
 *
 * @see https://www.w3.org/TR/trace-context-2/
 */
export const tracecontextPropagator: Propagator = {
  name: 'tracecontext',
  fields: ['traceparent', 'tracestate'],

  extract(context, carrier, getter) {
    // HTTP allows repeated fields only for lists, so several traceparent headers count as none.
    const traceparent = singleField(getter.get(carrier, 'traceparent'));
    if (traceparent === undefined) return context;
    const span = readRemoteSpan(traceparent, joinedField(getter.get(carrier, 'tracestate')));
    return span ? new Context(span, context.baggage, context.values) : context;
  },

  inject(context, carrier, setter) {
    const { span } = context;
    if (!isWaymarkSpan(span)) return;
    const traceparent = traceparentOf(span);
    if (traceparent === undefined) return;
    setter.set(carrier, 'traceparent', traceparent);
    const tracestate = span.trace.traceState?.serialize();
    if (tracestate) setter.set(carrier, 'tracestate', tracestate);
  },
};

/**
 * The header `baggage`.
 *
 * @see https://www.w3.org/TR/baggage/
 */
export const baggagePropagator: Propagator = {
  name: 'baggage',
  fields: ['baggage'],

  extract(context, carrier, getter) {
    const header = joinedField(getter.get(carrier, 'baggage'));
    if (header === undefined) return context;
    const baggage = parseBaggage(header);
    return baggage ? new Context(context.span, joinBaggage(context.baggage, baggage), context.values) : context;
  },

  inject({ span, baggage }, carrier, setter) {
    if (baggage === undefined || (isWaymarkSpan(span) && span.mode !== undefined && span.mode === 'suppressed')) return;
    const header = serializeBaggage(baggage);
    if (header !== '') setter.set(carrier, 'baggage', header);
  },
};

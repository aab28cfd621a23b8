/** The header fields that belong to each format. */
import { b3MultiPropagator, b3Propagator } from './b3.ts';
import { jaegerPropagator } from './jaeger.ts';
import type { Propagator } from './propagator.ts';
import { baggagePropagator, tracecontextPropagator } from './w3c.ts';
import { xrayPropagator } from './xray.ts';

interface Fields {
  /** A request uses a format if it has one of these. */
  readonly leading: readonly string[];
  /** Meaningless without a leading field, as tracestate is without traceparent. */
  readonly others: readonly string[];
}

const b3Fields: Fields = {
  leading: ['b3', 'x-b3-traceid', 'x-b3-sampled', 'x-b3-flags'],
  others: ['x-b3-spanid', 'x-b3-parentspanid'],
};

/** The fields that readers of each format look at. We write fewer. */
export const formatFields: ReadonlyMap<Propagator, Fields> = new Map<Propagator, Fields>([
  [tracecontextPropagator, { leading: ['traceparent'], others: ['tracestate'] }],
  [baggagePropagator, { leading: ['baggage'], others: [] }],
  [b3Propagator, b3Fields],
  [b3MultiPropagator, b3Fields],
  [jaegerPropagator, { leading: ['uber-trace-id'], others: ['jaeger-debug-id'] }],
  [xrayPropagator, { leading: ['x-amzn-trace-id'], others: [] }],
]);

/** All fields of a format, which are added and removed together. */
export function fieldsOf(propagator: Propagator): readonly string[] {
  const fields = formatFields.get(propagator);
  return fields ? [...fields.leading, ...fields.others] : propagator.fields;
}

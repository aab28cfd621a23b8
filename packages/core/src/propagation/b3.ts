/** Zipkin's B3 headers: the single header `b3`, and the headers `X-B3-*`. */
import { Context } from '../context.ts';
import type { PassingSpan } from '../passing-span.ts';
import type { WaymarkSpan } from '../waymark-span.ts';
import {
  callerSpan,
  callerWithoutIds,
  hasSpanId,
  outgoingSpan,
  type SamplingState,
  samplingStateOf,
} from './caller-span.ts';
import { firstMember, type Getter, type Propagator, singleText } from './propagator.ts';

// openzipkin/b3-propagation, "Single Header": trace id, span id, state, and the parent's id, which only Zipkin's
// shared spans need. 16 or 32 digits of trace id: other lengths are malformed, not padded.
const singleForm = /^([0-9a-f]{16}|[0-9a-f]{32})-([0-9a-f]{16})(?:-([01d])(?:-[0-9a-f]{16})?)?$/;
const stateForm = /^[01d]$/;

const traceIdForm = /^(?:[0-9a-f]{16}|[0-9a-f]{32})$/;
const spanIdForm = /^[0-9a-f]{16}$/;

const statesByCode = { '1': 'accept', '0': 'deny', d: 'debug' } as const;
const codesByState = { accept: '1', deny: '0', debug: 'd' } as const;

/**
 * `b3` in `propagators` and `OTEL_PROPAGATORS`: writes the single header, and reads both forms.
 *
 * @see https://github.com/openzipkin/b3-propagation#single-header
 */
export const b3Propagator: Propagator = {
  name: 'b3',
  fields: ['b3'],
  extract: extractB3,

  inject({ span }, carrier, setter) {
    const outgoing = outgoingSpan(span);
    const header = outgoing && writeSingle(outgoing);
    if (header !== undefined) setter.set(carrier, 'b3', header);
  },
};

/**
 * `b3multi` in `propagators` and `OTEL_PROPAGATORS`: writes the `X-B3-*` headers, and reads both forms.
 *
 * @see https://github.com/openzipkin/b3-propagation#multiple-headers
 */
export const b3MultiPropagator: Propagator = {
  name: 'b3multi',
  fields: ['x-b3-traceid', 'x-b3-spanid', 'x-b3-sampled', 'x-b3-flags'],
  extract: extractB3,

  // X-B3-ParentSpanId is not sent (OpenTelemetry, "B3 Inject"): no server span here has its caller's id.
  inject({ span }, carrier, setter) {
    const outgoing = outgoingSpan(span);
    if (outgoing === undefined) return;
    if (hasSpanId(outgoing)) {
      setter.set(carrier, 'x-b3-traceid', outgoing.traceId);
      setter.set(carrier, 'x-b3-spanid', outgoing.spanId);
    } else if (outgoing.trace.hasId) return; // B3 cannot carry a trace id alone
    const state = samplingStateOf(outgoing);
    // Debug implies that the trace is sampled, so X-B3-Sampled is not sent with it.
    if (state === 'debug') setter.set(carrier, 'x-b3-flags', '1');
    else if (state !== 'defer') setter.set(carrier, 'x-b3-sampled', codesByState[state]);
  },
};

/** The single header wins. If it is malformed, the other headers count, as in Zipkin's libraries. */
function extractB3<Carrier>(context: Context, carrier: Carrier, getter: Getter<Carrier>): Context {
  const single = singleText(getter.get(carrier, 'b3'));
  const span = (single === undefined ? undefined : readSingle(single)) ?? readMulti(carrier, getter);
  return span ? new Context(span, context.baggage, context.values) : context;
}

function readSingle(header: string): PassingSpan | undefined {
  if (stateForm.test(header)) return callerWithoutIds(statesByCode[header as '0' | '1' | 'd']); // the pattern allows only these
  const [, traceId, spanId, code] = singleForm.exec(header) ?? [];
  if (traceId === undefined || spanId === undefined) return undefined;
  return callerSpan(traceId, spanId, code === undefined ? 'defer' : statesByCode[code as '0' | '1' | 'd']); // the pattern allows only these
}

function writeSingle(span: WaymarkSpan): string | undefined {
  const state = samplingStateOf(span);
  const code = state === 'defer' ? undefined : codesByState[state];
  if (!hasSpanId(span)) return span.trace.hasId ? undefined : code; // B3 cannot carry a trace id alone
  const ids = `${span.traceId}-${span.spanId}`;
  return code === undefined ? ids : `${ids}-${code}`;
}

/** Without valid ids the state still counts: it has separate headers. */
function readMulti<Carrier>(carrier: Carrier, getter: Getter<Carrier>): PassingSpan | undefined {
  const state = readState(carrier, getter);
  const traceId = singleText(getter.get(carrier, 'x-b3-traceid'));
  const spanId = singleText(getter.get(carrier, 'x-b3-spanid'));
  if (traceId !== undefined && spanId !== undefined && traceIdForm.test(traceId) && spanIdForm.test(spanId)) {
    const span = callerSpan(traceId, spanId, state);
    if (span) return span;
  }
  return state === 'defer' ? undefined : callerWithoutIds(state);
}

/** The first of repeated headers wins. A value that is not a state, such as an empty one, decides nothing. */
function readState<Carrier>(carrier: Carrier, getter: Getter<Carrier>): SamplingState {
  if (firstMember(getter.get(carrier, 'x-b3-flags')) === '1') return 'debug';
  const sampled = firstMember(getter.get(carrier, 'x-b3-sampled'));
  // Early libraries wrote these words. They are read and never written.
  if (sampled === '1' || sampled === 'true') return 'accept';
  return sampled === '0' || sampled === 'false' ? 'deny' : 'defer';
}

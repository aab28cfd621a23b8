/** AWS X-Ray's header, which Amazon's load balancers read and write too. */
import { Context } from '../context.ts';
import type { PassingSpan } from '../passing-span.ts';
import { callerSpan, hasSpanId, outgoingSpan, type SamplingState, samplingStateOf } from './caller-span.ts';
import { trimOptionalWhitespace } from './optional-whitespace.ts';
import { type Propagator, singleText } from './propagator.ts';

const headerName = 'x-amzn-trace-id';

// AWS X-Ray, "Tracing header": version 1, the epoch seconds when AWS made it, 96 bits. Readers use both together as the
// trace id: an id from W3C's header does not contain the time.
const rootForm = /^1-([0-9a-f]{8})-([0-9a-f]{24})$/;
const parentForm = /^[0-9a-f]{16}$/;

// Node's limit for all headers together; longer values come from other carriers.
const maxHeaderLength = 16_384;

/**
 * `xray` in `propagators` and `OTEL_PROPAGATORS`.
 *
 * @see https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 */
export const xrayPropagator: Propagator = {
  name: 'xray',
  fields: [headerName],

  extract(context, carrier, getter) {
    const header = singleText(getter.get(carrier, headerName));
    const span = header === undefined || header.length > maxHeaderLength ? undefined : readHeader(header);
    return span ? new Context(span, context.baggage, context.values) : context;
  },

  inject({ span }, carrier, setter) {
    const outgoing = outgoingSpan(span);
    if (!outgoing?.trace.hasId) return;
    const { traceId, spanId } = outgoing;
    const root = `Root=1-${traceId.slice(0, 8)}-${traceId.slice(8)}`;
    const parent = hasSpanId(outgoing) ? `;Parent=${spanId}` : '';
    setter.set(carrier, headerName, `${root}${parent};Sampled=${codeOf(samplingStateOf(outgoing))}`);
  },
};

/** Fields with other names (`Self` of a load balancer, `Lineage`, those of an application) are ignored. */
function readHeader(header: string): PassingSpan | undefined {
  const fields = readFields(header);
  const [, seconds, rest] = rootForm.exec(fields.get('Root') ?? '') ?? [];
  if (seconds === undefined || rest === undefined) return undefined;
  // A load balancer sends only a root for an untraced client.
  const parent = fields.get('Parent');
  if (parent !== undefined && !parentForm.test(parent)) return undefined;
  return callerSpan(seconds + rest, parent, stateOf(fields.get('Sampled')));
}

/** The first field of each name, in any order, with or without spaces around it. */
function readFields(header: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const field of header.split(';')) {
    const equals = field.indexOf('=');
    if (equals === -1) continue;
    const name = trimOptionalWhitespace(field.slice(0, equals));
    if (!fields.has(name)) fields.set(name, trimOptionalWhitespace(field.slice(equals + 1)));
  }
  return fields;
}

/** `?` asks the next hop to decide. Without a valid decision, the reader decides too. */
function stateOf(code: string | undefined): SamplingState {
  if (code === '1') return 'accept';
  return code === '0' ? 'deny' : 'defer';
}

/** X-Ray has no word for debug. */
function codeOf(state: SamplingState): '0' | '1' | '?' {
  if (state === 'defer') return '?';
  return state === 'deny' ? '0' : '1';
}

// https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html
import fc from 'fast-check';
import { Baggage } from '../baggage.ts';
import { Context } from '../context.ts';
import { PassingSpan } from '../passing-span.ts';
import type { Span } from '../span.ts';
import { TraceIdentity } from '../trace-identity.ts';
import { callerSpan, callerWithoutIds, type SamplingState, samplingStateOf } from './caller-span.ts';
import { carrierGetter, carrierSetter } from './carrier.ts';
import { xrayPropagator } from './xray.ts';

const nothing = new Context(undefined, undefined);

const TRACE = '5759e988bd862e3fe1be46a994272793';
const ROOT = 'Root=1-5759e988-bd862e3fe1be46a994272793';
const SPAN = '53995c3f42cd8ad8';
const STATES: readonly SamplingState[] = ['accept', 'deny', 'debug', 'defer'];

/** The caller as `trace-span state`, with `none` for a span that it has not; `undefined` if there is no caller. */
function read(header: unknown): string | undefined {
  return show(xrayPropagator.extract(nothing, { 'X-Amzn-Trace-Id': header }, carrierGetter).span);
}

function show(span: Span | undefined): string | undefined {
  if (!(span instanceof PassingSpan)) return undefined;
  return `${span.traceId}-${/[^0]/.test(span.spanId) ? span.spanId : 'none'} ${samplingStateOf(span)}`;
}

function write(span: PassingSpan | undefined): Record<string, string> {
  const headers: Record<string, string> = {};
  xrayPropagator.inject(new Context(span, undefined), headers, carrierSetter);
  return headers;
}

describe('reading', () => {
  test.each<[field: string, state: SamplingState]>([
    [';Sampled=1', 'accept'],
    [';Sampled=0', 'deny'],
    [';Sampled=?', 'defer'],
    ['', 'defer'],
    [';Sampled=', 'defer'],
    [';Sampled=2', 'defer'],
    [';Sampled=true', 'defer'],
    [';sampled=1', 'defer'],
    [';SampledX=1', 'defer'],
  ])('reads the state of %j as %s', (field, state) => {
    expect(read(`${ROOT};Parent=${SPAN}${field}`)).toBe(`${TRACE}-${SPAN} ${state}`);
  });

  test.each([
    `Sampled=1;Parent=${SPAN};${ROOT}`,
    ` ${ROOT} ; Parent = ${SPAN} ;\tSampled=1 `,
    `${ROOT};Parent=${SPAN};Sampled=1;`,
    `;;${ROOT};;Parent=${SPAN};Sampled=1`,
    `Self=1-67891234-12456789abcdef012345678;${ROOT};Parent=${SPAN};Sampled=1`,
    `${ROOT};Parent=${SPAN};Sampled=1;Lineage=a87bd80c:0|68fd508a:5|c512fbe3:2`,
    `CalledFrom=app;${ROOT};Parent=${SPAN};Sampled=1;Note`,
    `RootCause=1-00000000-000000000000000000000001;${ROOT};ParentId=1;Parent=${SPAN};Sampled=1`,
    `root=1;${ROOT};Parent=${SPAN};Sampled=1`,
    `${ROOT};Parent=${SPAN};Sampled=1;Root=1-5759e988-000000000000000000000001;Sampled=0`,
  ])('reads the fields of %j', (header) => {
    expect(read(header)).toBe(`${TRACE}-${SPAN} accept`);
  });

  test('reads a root alone as a trace id without a parent', () => {
    expect(read(ROOT)).toBe(`${TRACE}-none defer`);
    expect(read(`Self=1-67891233-abcdef012345678912345678;${ROOT}`)).toBe(`${TRACE}-none defer`);
    expect(read(`${ROOT};Sampled=1`)).toBe(`${TRACE}-none accept`);
  });

  test.each([
    ['is empty', ''],
    ['has no root', `Parent=${SPAN};Sampled=1`],
    ['has only a load balancer’s own', 'Self=1-5759e988-bd862e3fe1be46a994272793'],
    ['has only a root’s cause', 'RootCause=1-5759e988-bd862e3fe1be46a994272793'],
    ['is of another version', ROOT.replace('=1-', '=2-')],
    ['has no version', ROOT.replace('=1-', '=')],
    ['has 7 digits of time', ROOT.replace('5759', '759')],
    ['has 23 digits behind it', ROOT.slice(0, -1)],
    ['has 25 digits behind it', `${ROOT}0`],
    ['has a trace id in one piece', `Root=1-${TRACE}`],
    ['has upper-case hex', ROOT.replace('bd86', 'BD86')],
    ['has a digit that is no hex', ROOT.replace('bd86', 'xd86')],
    ['is all zeros in the root', 'Root=1-00000000-000000000000000000000000'],
    ['is all zeros in the parent', `${ROOT};Parent=${'0'.repeat(16)}`],
    ['has a parent of 15 digits', `${ROOT};Parent=${SPAN.slice(1)}`],
    ['has an empty parent', `${ROOT};Parent=`],
    ['has a space within the root', ROOT.replace('-bd', '- bd')],
    ['has a line feed behind the root', `${ROOT}\n;Parent=${SPAN}`],
    ['is two headers', `${ROOT}, ${ROOT}`],
    ['is separated by commas', `${ROOT},Parent=${SPAN},Sampled=1`],
    ['is longer than all headers may be', `${ROOT};Note=${'x'.repeat(16_384)}`],
  ])('ignores a header that %s', (_, header) => {
    expect(read(header)).toBeUndefined();
  });
});

describe('writing', () => {
  test.each<[state: SamplingState, code: string]>([
    ['accept', '1'],
    ['debug', '1'],
    ['deny', '0'],
    ['defer', '?'],
  ])('splits the trace id at the same place, and writes %s as Sampled=%s', (state, code) => {
    const header = `${ROOT};Parent=${SPAN};Sampled=${code}`;
    expect(write(callerSpan(TRACE, SPAN, state))).toEqual({ 'x-amzn-trace-id': header });
  });

  test('writes a root alone as it was read', () => {
    expect(write(callerSpan(TRACE, undefined, 'defer'))).toEqual({ 'x-amzn-trace-id': `${ROOT};Sampled=?` });
  });

  test('writes nothing for a decision without ids, without a span, and while tracing is suppressed', () => {
    expect(write(callerWithoutIds('accept'))).toEqual({});
    expect(write(undefined)).toEqual({});
    const trace = new TraceIdentity(1, 2, 3, 4, true, undefined);
    expect(write(new PassingSpan(trace, 1, 2, true, 'suppressed'))).toEqual({});
  });
});

test('does not carry baggage', () => {
  const baggage = Baggage.empty.set('tenant', 'acme');
  const headers: Record<string, string> = {};
  xrayPropagator.inject(new Context(callerSpan(TRACE, SPAN, 'accept'), baggage), headers, carrierSetter);
  expect(Object.values(headers).join()).not.toContain('acme');
  // The baggage of another format stays.
  expect(xrayPropagator.extract(new Context(undefined, baggage), headers, carrierGetter).baggage).toBe(baggage);
});

describe('any input', () => {
  const hex = (digits: number) =>
    fc.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`)).filter((id) => /[1-9a-f]/.test(id));
  const field = fc.oneof(
    fc.tuple(hex(8), hex(24)).map(([time, rest]) => `Root=1-${time}-${rest}`),
    hex(16).map((id) => `Parent=${id}`),
    fc.constantFrom('Sampled=1', 'Sampled=0', 'Sampled=?', 'Self=1', '__proto__=1', 'Root', '=', ' '),
    fc.string(),
  );
  const header = fc.array(field, { maxLength: 6 }).map((fields) => fields.join(';'));

  test('reading never throws, and the written header has the right form', () => {
    fc.assert(
      fc.property(header, (text) => {
        const { span } = xrayPropagator.extract(nothing, { 'x-amzn-trace-id': text }, carrierGetter);
        const { 'x-amzn-trace-id': sent } = write(span as PassingSpan | undefined);
        if (sent === undefined) return;
        expect(sent).toMatch(/^Root=1-(?!0{8}-0{24})[0-9a-f]{8}-[0-9a-f]{24}(;Parent=[0-9a-f]{16})?;Sampled=[01?]$/);
      }),
    );
  });

  test('a written header is read as the same, except debug, which it cannot carry', () => {
    fc.assert(
      fc.property(
        hex(32),
        fc.option(hex(16), { nil: undefined }),
        fc.constantFrom(...STATES),
        (traceId, spanId, state) => {
          const back = xrayPropagator.extract(nothing, write(callerSpan(traceId, spanId, state)), carrierGetter);
          expect(show(back.span)).toBe(show(callerSpan(traceId, spanId, state === 'debug' ? 'accept' : state)));
        },
      ),
    );
  });
});

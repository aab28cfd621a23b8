/** Makes the outline of a trace, which is all that a waterfall and the analysis need, of its spans. */
import type { Resource, Span } from '../model/span.ts';
import { durationMsOf, isUnfinished } from '../model/span-duration.ts';
import { msBetween, nanoToUnixMs } from '../model/time.ts';
import type { CallPurpose } from './call-purpose.ts';
import { namePattern } from './call-signature.ts';
import { type SpanError, spanKinds, statusCodes, type TraceOutline } from './outline.ts';
import { type Call, readCall } from './read-call.ts';
import { spanError } from './span-error.ts';
import { spanNote } from './span-note.ts';

/** @param spans Of one trace, in any order. */
export function toOutline(spans: readonly Span[]): TraceOutline {
  const sorted = inOrderOfStart(spans);
  const firstNano = sorted[0]?.startTimeUnixNano ?? '0';
  const services = numberTexts();
  const names = numberTexts();
  const clocks = numberTexts();
  const signatures = numberSignatures();
  const asked = numberTexts();
  const pages: Record<number, string> = {};
  const errors: Record<number, SpanError> = {};
  const notes: Record<number, string> = {};
  const eventCounts: Record<number, number> = {};
  const linkCounts: Record<number, number> = {};
  const calls = sorted.map(readCall);
  const outline = {
    traceId: sorted[0]?.traceId ?? '',
    startUnixMs: nanoToUnixMs(firstNano),
    spanIds: sorted.map(({ spanId }) => spanId),
    parentSpanIds: sorted.map(({ parentSpanId }) => parentSpanId ?? ''),
    serviceOf: sorted.map(({ resource }) => services.numberOf(resource.serviceName)),
    nameOf: sorted.map(({ name }) => names.numberOf(name)),
    signatureOf: calls.map(({ pattern, purpose }, index) => {
      return signatures.numberOf(signatureOf(sorted[index] as Span, pattern), purpose);
    }),
    askedOf: calls.map((call) => (isCall(call.purpose) && call.asked !== '' ? asked.numberOf(call.asked) + 1 : 0)),
    startMs: sorted.map(({ startTimeUnixNano }) => msBetween(firstNano, startTimeUnixNano)),
    durationMs: sorted.map((span) => durationMsOf(span) ?? 0),
    unfinished: sorted.flatMap((span, index) => (isUnfinished(span) ? [index] : [])),
    clockOf: sorted.map(({ resource }) => clocks.numberOf(clockNameOf(resource))),
    kindOf: sorted.map(({ kind }) => spanKinds.indexOf(kind)),
    statusOf: sorted.map(({ status }) => statusCodes.indexOf(status?.code ?? 'unset')),
  };
  sorted.forEach((span, index) => {
    const note = spanNote(span);
    if (note !== '') notes[index] = note;
    const { page, purpose } = calls[index] as Call;
    if (page !== '' && isCall(purpose)) pages[index] = page;
    if (span.status?.code === 'error') errors[index] = spanError(span);
    if (span.events?.length) eventCounts[index] = span.events.length;
    if (span.links?.length) linkCounts[index] = span.links.length;
  });
  return {
    ...outline,
    services: services.texts,
    names: names.texts,
    signatures: signatures.texts,
    purposes: signatures.purposes,
    pages,
    errors,
    notes,
    eventCounts,
    linkCounts,
  };
}

/** The order of an outline's entries: by start, and as they came where that is equal. */
export function inOrderOfStart(spans: readonly Span[]): readonly Span[] {
  const isSorted = spans.every((span, index) => {
    const before = spans[index - 1];
    return before === undefined || compareNano(before.startTimeUnixNano, span.startTimeUnixNano) <= 0;
  });
  if (isSorted) return spans;
  return spans.toSorted((one, other) => compareNano(one.startTimeUnixNano, other.startTimeUnixNano));
}

function compareNano(one: string, other: string): number {
  if (one.length !== other.length) return one.length - other.length;
  return one < other ? -1 : one > other ? 1 : 0;
}

const instanceKeys = ['service.instance.id', 'k8s.pod.name', 'container.id', 'host.id', 'host.name'];

/** Two instances of a service may run on two machines, each with a clock. */
function clockNameOf({ serviceName, attributes }: Resource): string {
  const key = instanceKeys.find((one) => Object.hasOwn(attributes, one) && typeof attributes[one] === 'string');
  return key === undefined ? serviceName : `${serviceName} ${attributes[key]}`;
}

function signatureOf(span: Span, pattern: string): string {
  const head = `${span.resource.serviceName} ${span.kind} ${namePattern(span.name)}`;
  return pattern === '' ? head : `${head}: ${pattern}`;
}

function isCall(purpose: CallPurpose): boolean {
  return purpose === 'call' || purpose === 'served';
}

/** Calls of different purposes have different numbers, though they read the same: a list of three ids, and one of 500. */
function numberSignatures() {
  const numbers = numberTexts();
  const texts: string[] = [];
  const purposes: CallPurpose[] = [];
  return {
    texts,
    purposes,
    numberOf(text: string, purpose: CallPurpose): number {
      const number = numbers.numberOf(`${purpose} ${text}`);
      if (number === texts.length) {
        texts.push(text);
        purposes.push(purpose);
      }
      return number;
    },
  };
}

function numberTexts() {
  const numbers = new Map<string, number>();
  const texts: string[] = [];
  return {
    texts,
    numberOf(text: string): number {
      let number = numbers.get(text);
      if (number === undefined) {
        number = texts.length;
        numbers.set(text, number);
        texts.push(text);
      }
      return number;
    },
  };
}

/** Makes the outline of a trace from its spans. A waterfall and the analysis need only the outline. */
import type { Resource, Span } from '../model/span.ts';
import { durationMsOf } from '../model/span-duration.ts';
import { compareNano, msBetween, nanoToUnixMs } from '../model/time.ts';
import type { CallPurpose } from './call-purpose.ts';
import { namePattern, targetOf } from './call-signature.ts';
import { type SpanError, spanKinds, statusCodes, type TraceOutline } from './outline.ts';
import { readCall } from './read-call.ts';
import { spanError } from './span-error.ts';
import { spanNote } from './span-note.ts';

/**
 * The outline of a trace, which the analysis reads.
 *
 * @param spans Of one trace, in any order.
 */
export function toOutline(spans: readonly Span[]): TraceOutline {
  const builder = createOutlineBuilder();
  for (const span of spans) builder.add(span);
  return builder.build();
}

/** Makes an outline span by span, and keeps only the outline's part of each: the spans need not be in memory together. */
export interface OutlineBuilder {
  /** Spans of one trace, in any order. */
  add(span: Span): void;
  build(): TraceOutline;
}

/** The part of a span that is kept. */
interface Entry {
  readonly startNano: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly service: string;
  readonly name: string;
  readonly signature: string;
  readonly purpose: CallPurpose;
  /** The request of a call; empty for other spans. */
  readonly asked: string;
  /** The page of that request; empty for other spans. */
  readonly page: string;
  /** The target of a call; empty for other spans. */
  readonly target: string;
  readonly clock: string;
  readonly durationMs: number | undefined;
  readonly kind: number;
  readonly status: number;
  readonly note: string;
  readonly error: SpanError | undefined;
  readonly eventCount: number;
  readonly linkCount: number;
}

export function createOutlineBuilder(): OutlineBuilder {
  const entries: Entry[] = [];
  /** Keeps equal strings of many spans once. */
  const texts = new Map<string, string>();
  let traceId = '';

  function once(text: string): string {
    const known = texts.get(text);
    if (known !== undefined) return known;
    texts.set(text, text);
    return text;
  }

  return {
    add(span) {
      ({ traceId } = span);
      const { parentSpanId = '', status, events = [], links = [] } = span;
      const { pattern, purpose, asked, page } = readCall(span);
      entries.push({
        startNano: span.startTimeUnixNano,
        spanId: span.spanId,
        parentSpanId,
        service: once(span.resource.serviceName),
        name: once(span.name),
        signature: once(signatureOf(span, pattern)),
        purpose,
        asked: isCall(purpose) ? once(asked) : '',
        page: isCall(purpose) ? once(page) : '',
        target: purpose === 'call' ? once(targetOf(span.attributes)) : '',
        clock: once(clockNameOf(span.resource)),
        durationMs: durationMsOf(span),
        kind: spanKinds.indexOf(span.kind),
        status: statusCodes.indexOf(status?.code ?? 'unset'),
        note: spanNote(span),
        error: status?.code === 'error' ? spanError(span) : undefined,
        eventCount: events.length,
        linkCount: links.length,
      });
    },

    build() {
      const sorted = entries.toSorted((one, other) => compareNano(one.startNano, other.startNano));
      const firstNano = sorted[0]?.startNano ?? '0';
      const services = numberStrings();
      const names = numberStrings();
      const clocks = numberStrings();
      const signatures = numberSignatures();
      const asked = numberStrings();
      const targets = numberStrings();
      const pages: Record<number, string> = {};
      const errors: Record<number, SpanError> = {};
      const notes: Record<number, string> = {};
      const eventCounts: Record<number, number> = {};
      const linkCounts: Record<number, number> = {};
      sorted.forEach(({ note, page, error, eventCount, linkCount }, index) => {
        if (page !== '') pages[index] = page;
        if (note !== '') notes[index] = note;
        if (error !== undefined) errors[index] = error;
        if (eventCount > 0) eventCounts[index] = eventCount;
        if (linkCount > 0) linkCounts[index] = linkCount;
      });
      return {
        traceId,
        startUnixMs: nanoToUnixMs(firstNano),
        spanIds: sorted.map(({ spanId }) => spanId),
        parentSpanIds: sorted.map(({ parentSpanId }) => parentSpanId),
        serviceOf: sorted.map(({ service }) => services.numberOf(service)),
        nameOf: sorted.map(({ name }) => names.numberOf(name)),
        signatureOf: sorted.map(({ signature, purpose }) => signatures.numberOf(signature, purpose)),
        askedOf: sorted.map((entry) => (entry.asked === '' ? 0 : asked.numberOf(entry.asked) + 1)),
        targetOf: sorted.map(({ target }) => (target === '' ? 0 : targets.numberOf(target) + 1)),
        startMs: sorted.map(({ startNano }) => msBetween(firstNano, startNano)),
        durationMs: sorted.map(({ durationMs }) => durationMs ?? 0),
        unfinished: sorted.flatMap(({ durationMs }, index) => (durationMs === undefined ? [index] : [])),
        clockOf: sorted.map(({ clock }) => clocks.numberOf(clock)),
        kindOf: sorted.map(({ kind }) => kind),
        statusOf: sorted.map(({ status }) => status),
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
    },
  };
}

/** Sorts spans in the order of an outline's entries: by start, and in their given order where starts are equal. */
export function inOrderOfStart(spans: readonly Span[]): readonly Span[] {
  const isSorted = spans.every((span, index) => {
    const before = spans[index - 1];
    return before === undefined || compareNano(before.startTimeUnixNano, span.startTimeUnixNano) <= 0;
  });
  if (isSorted) return spans;
  return spans.toSorted((one, other) => compareNano(one.startTimeUnixNano, other.startTimeUnixNano));
}

const instanceKeys = ['service.instance.id', 'k8s.pod.name', 'container.id', 'host.id', 'host.name'];

/** Two instances of a service may run on two machines, each with its own clock. */
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

/**
 * Calls of different purposes have different numbers, even if their signatures are equal: a list of three ids, and a
 * list of 500.
 */
function numberSignatures() {
  const numbers = numberStrings();
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

function numberStrings() {
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

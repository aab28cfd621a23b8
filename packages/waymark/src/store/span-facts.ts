/** What a store works with while a span comes in: a tenth of the span. */
import type { Attributes, Span, SpanKind } from '../model/span.ts';
import { durationMsOf } from '../model/span-duration.ts';
import { nanoToUnixMs } from '../model/time.ts';
import { type Failure, failureOf } from './answers/group-errors.ts';

export interface SpanFacts {
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly serviceName: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startNano: string;
  readonly endNano: string;
  /** Unix milliseconds. */
  readonly startMs: number;
  /** Negative if it claims to have ended before it started; `undefined` if it is unfinished. */
  readonly durationMs: number | undefined;
  readonly hasFailed: boolean;
  /** What failed, if the span did. */
  readonly failure: Failure | undefined;
  /** A status of `ok`, which says that errors below were handled. */
  readonly isOk: boolean;
  /** What a call went to, by the caller's word; of a consumer, the queue that its message came from. */
  readonly peer: string | undefined;
}

export function factsOf(span: Span): SpanFacts {
  const { spanId, parentSpanId, name, kind, startTimeUnixNano, endTimeUnixNano } = span;
  return {
    spanId,
    parentSpanId,
    serviceName: span.resource.serviceName,
    name,
    kind,
    startNano: startTimeUnixNano,
    endNano: endTimeUnixNano,
    startMs: nanoToUnixMs(startTimeUnixNano),
    durationMs: durationMsOf(span),
    hasFailed: hasFailed(span),
    failure: hasFailed(span) ? failureOf(span) : undefined,
    isOk: span.status?.code === 'ok',
    peer: kind === 'server' || kind === 'internal' || kind === 'unspecified' ? undefined : peerOf(span),
  };
}

function hasFailed({ status }: Span): boolean {
  return status?.code === 'error';
}

/** Longer than any span takes: such an end is a mistake of a clock. */
const longestMs = 366 * 24 * 60 * 60 * 1000;

/**
 * The duration, where totals and percentiles can use it: one that ends before it starts, or in another century, says nothing
 * of how long the work took.
 */
export function measuredMs(durationMs: number | undefined): number | undefined {
  return durationMs !== undefined && durationMs >= 0 && durationMs <= longestMs ? durationMs : undefined;
}

const peerKeys = ['peer.service', 'db.system.name', 'db.system', 'messaging.system', 'server.address', 'net.peer.name'];

// The template first: a destination may have an id in its name. The last is what the conventions called it until 1.16.
const queueKeys = ['messaging.destination.template', 'messaging.destination.name', 'messaging.destination'];

function peerOf({ kind, attributes }: Span): string | undefined {
  const isMessage = kind !== 'client' || Object.hasOwn(attributes, 'messaging.system');
  // The name of a queue for one answer is another each time.
  const isLasting =
    attributes['messaging.destination.temporary'] !== true && attributes['messaging.destination.anonymous'] !== true;
  const queue = isMessage && isLasting ? firstText(attributes, queueKeys) : undefined;
  return queue ?? (kind === 'consumer' ? undefined : firstText(attributes, peerKeys));
}

function firstText(attributes: Attributes, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}

/** The facts that a store needs while a span arrives: a tenth of the span. */
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
  /** Negative if the span ends before it starts; `undefined` if it is unfinished. */
  readonly durationMs: number | undefined;
  readonly hasFailed: boolean;
  /** The failure, if the span has failed. */
  readonly failure: Failure | undefined;
  /** Whether the status is `ok`, which says that errors below the span were handled. */
  readonly isOk: boolean;
  /** The target of a call, as the caller names it; for a consumer, the queue that its message came from. */
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

/** No span takes longer: such an end is a mistake of a clock. */
const longestMs = 366 * 24 * 60 * 60 * 1000;

/**
 * The duration, if totals and percentiles can use it. A duration that is negative, or longer than a year, is no measure
 * of the work.
 */
export function measuredMs(durationMs: number | undefined): number | undefined {
  return durationMs !== undefined && durationMs >= 0 && durationMs <= longestMs ? durationMs : undefined;
}

const peerKeys = ['peer.service', 'db.system.name', 'db.system', 'messaging.system', 'server.address', 'net.peer.name'];

// The template comes first: a destination may have an id in its name. The last key is the name in conventions up to
// 1.16.
const queueKeys = ['messaging.destination.template', 'messaging.destination.name', 'messaging.destination'];

function peerOf({ kind, attributes }: Span): string | undefined {
  const isMessage = kind !== 'client' || Object.hasOwn(attributes, 'messaging.system');
  // A temporary queue has a new name each time.
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

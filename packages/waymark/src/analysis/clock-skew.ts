/**
 * Calls whose two sides do not fit together, told as an offset of the services' clocks. Nothing is moved: a span that seems
 * misplaced may be right, and the other one wrong.
 *
 * Within a call the server starts after the client and ends before it. So each call says between which bounds the offset
 * is, and all calls between two services together say it more narrowly.
 *
 * @see https://github.com/jaegertracing/jaeger/issues/1459 why automatic repair does harm
 */
import { spanKinds, type TraceOutline } from './outline.ts';
import { endOf } from './span-end.ts';
import type { Finding } from './trace-analysis.ts';

/** Clocks that tick in milliseconds are off by this much at any time. */
const toleranceMs = 1;

type ClockSkew = Extract<Finding, { kind: 'clock-skew' }>;

interface Bounds {
  readonly service: number;
  readonly parentService: number;
  /** How far the service's clock is ahead, at least and at most. */
  leastMs: number;
  mostMs: number;
  /** Whether a span seems to start when the call had ended. */
  startsTooLate: boolean;
  readonly spans: number[];
}

const asynchronousKinds = [spanKinds.indexOf('producer'), spanKinds.indexOf('consumer')];

export function findClockSkew(outline: TraceOutline, parents: Int32Array): readonly ClockSkew[] {
  const { startMs, serviceOf, kindOf, services } = outline;
  const pairs = new Map<number, Bounds>();
  for (let span = 0; span < parents.length; span++) {
    const parent = parents[span] as number;
    if (parent === -1) continue;
    const service = serviceOf[span] as number;
    const parentService = serviceOf[parent] as number;
    // What a queue delivers is handled when the sender is long done.
    if (service === parentService || asynchronousKinds.includes(kindOf[span] as number)) continue;
    const key = parentService * services.length + service;
    let pair = pairs.get(key);
    if (pair === undefined) {
      pair = {
        service,
        parentService,
        leastMs: Number.NEGATIVE_INFINITY,
        mostMs: Number.POSITIVE_INFINITY,
        startsTooLate: false,
        spans: [],
      };
      pairs.set(key, pair);
    }
    const leastMs = endOf(outline, span) - endOf(outline, parent);
    const mostMs = (startMs[span] as number) - (startMs[parent] as number);
    pair.leastMs = Math.max(pair.leastMs, leastMs);
    pair.mostMs = Math.min(pair.mostMs, mostMs);
    const startsTooLate = (startMs[span] as number) > endOf(outline, parent) + toleranceMs;
    pair.startsTooLate ||= startsTooLate;
    if (startsTooLate || mostMs < -toleranceMs) pair.spans.push(span);
  }
  return [...pairs.values()].filter(isSkewed).map(({ service, parentService, leastMs, mostMs, spans }) => ({
    kind: 'clock-skew',
    service,
    parentService,
    offsetMs: leastMs <= mostMs ? (leastMs + mostMs) / 2 : mostMs,
    spans,
  }));
}

/**
 * By one clock nothing starts before its caller, or after the caller has its answer. It may well end after it: a caller's span
 * ends with the reply's headers, and a busy process notes the end of its response late.
 */
function isSkewed({ leastMs, mostMs, startsTooLate }: Bounds): boolean {
  return mostMs < -toleranceMs || (startsTooLate && leastMs <= mostMs);
}

/**
 * How far the clocks of a trace's services are apart, and how far each span is moved so that calls fit together: as Jaeger does it.
 *
 * Within a call, the server starts after the client and ends before it. Each call so gives two bounds for the offset of two
 * clocks, and all calls between them together narrower ones. Calls that no single offset explains are moved one by one, as by
 * Jaeger. Only servers below clients are evidence: a consumer may start at any time, and so may a span that its parent does not wait for.
 *
 * @see https://github.com/jaegertracing/jaeger/tree/main/internal/storage/v1/querysvc/adjuster (ClockSkew)
 * @see https://github.com/jaegertracing/jaeger/issues/1459 why what was sent must be kept, and shown
 */
import { spanKinds, type TraceOutline } from './outline.ts';
import { endOf } from './span-end.ts';
import type { Finding } from './trace-analysis.ts';
import type { TraceTree } from './trace-tree.ts';

/** Clocks that tick in milliseconds are off by this much at any time. */
const toleranceMs = 1;

type ClockSkew = Extract<Finding, { kind: 'clock-skew' }>;

export interface ClockCorrection {
  /** For each span: how far its clock is ahead of the first span's. Its start less this is where it belongs. */
  readonly offsetMs: Float64Array;
  readonly findings: readonly ClockSkew[];
}

/** What all calls from one clock to another say of the second. */
interface Bounds {
  /** How far it is ahead, at least and at most, if each server's span lies within its client's. */
  leastMs: number;
  mostMs: number;
  /** At least, if each server's span only starts within its client's. */
  leastOfStartsMs: number;
}

const clientKind = spanKinds.indexOf('client');
const serverKind = spanKinds.indexOf('server');

export function estimateClocks(outline: TraceOutline, { parents, order }: TraceTree): ClockCorrection {
  const { kindOf, serviceOf, services, clockOf = serviceOf } = outline;
  const unfinished = new Set(outline.unfinished);
  const offsetMs = new Float64Array(parents.length);
  const skews = new Map<number, { -readonly [Key in keyof ClockSkew]: ClockSkew[Key] } & { spans: number[] }>();

  function isCall(span: number, parent: number): boolean {
    return (
      kindOf[span] === serverKind &&
      kindOf[parent] === clientKind &&
      clockOf[span] !== clockOf[parent] &&
      // Of a client that has not ended only the start is known, and that says too little.
      !unfinished.has(parent)
    );
  }

  const bounds = findBounds(outline, parents, unfinished, isCall);
  if (bounds.size === 0) return { offsetMs, findings: [] };

  /** Of each clock, once it is known: the first call that leads to it decides. */
  const known = new Map<number, number>();
  for (const span of order) {
    const parent = parents[span] as number;
    const clock = clockOf[span] as number;
    if (parent === -1) {
      if (!known.has(clock)) known.set(clock, 0);
      offsetMs[span] = known.get(clock) as number; // just set
      continue;
    }
    const parentMs = offsetMs[parent] as number;
    if (clock === clockOf[parent]) {
      offsetMs[span] = parentMs;
      continue;
    }
    if (!isCall(span, parent)) {
      offsetMs[span] = known.get(clock) ?? parentMs;
      continue;
    }
    const common = commonOffset(bounds.get(keyOf(clockOf, parent, span)) as Bounds); // each call has some
    if (common !== undefined && !known.has(clock)) known.set(clock, parentMs + common);
    const byClock = known.get(clock) ?? parentMs;
    offsetMs[span] = byClock + offsetOfCall(outline, parent, span, byClock - parentMs, unfinished.has(span));
    noteSkew(parent, span);
  }

  function noteSkew(parent: number, span: number): void {
    const aheadMs = (offsetMs[span] as number) - (offsetMs[parent] as number);
    if (aheadMs === 0 || !isOutside(outline, parent, span, 0)) return;
    const [service, parentService] = [serviceOf[span] as number, serviceOf[parent] as number];
    const key = parentService * services.length + service;
    const skew = skews.get(key);
    if (skew === undefined) {
      skews.set(key, { kind: 'clock-skew', service, parentService, offsetMs: aheadMs, spans: [span] });
      return;
    }
    skew.spans.push(span);
    if (Math.abs(aheadMs) > Math.abs(skew.offsetMs)) skew.offsetMs = aheadMs;
  }

  for (const { spans } of skews.values()) spans.sort((one, other) => one - other);
  return { offsetMs, findings: [...skews.values()] };
}

function findBounds(
  outline: TraceOutline,
  parents: Int32Array,
  unfinished: ReadonlySet<number>,
  isCall: (span: number, parent: number) => boolean,
): ReadonlyMap<number, Bounds> {
  const { startMs, serviceOf, clockOf = serviceOf } = outline;
  const pairs = new Map<number, Bounds>();
  for (let span = 0; span < parents.length; span++) {
    const parent = parents[span] as number;
    if (parent === -1 || !isCall(span, parent)) continue;
    const key = keyOf(clockOf, parent, span);
    let pair = pairs.get(key);
    if (pair === undefined) {
      pair = {
        leastMs: Number.NEGATIVE_INFINITY,
        mostMs: Number.POSITIVE_INFINITY,
        leastOfStartsMs: Number.NEGATIVE_INFINITY,
      };
      pairs.set(key, pair);
    }
    pair.mostMs = Math.min(pair.mostMs, (startMs[span] as number) - (startMs[parent] as number));
    if (unfinished.has(span) || !fitsInto(outline, parent, span)) continue;
    pair.leastMs = Math.max(pair.leastMs, endOf(outline, span) - endOf(outline, parent));
    pair.leastOfStartsMs = Math.max(pair.leastOfStartsMs, (startMs[span] as number) - endOf(outline, parent));
  }
  return pairs;
}

function keyOf(clockOf: readonly number[], parent: number, span: number): number {
  return (clockOf[parent] as number) * clockOf.length + (clockOf[span] as number);
}

/**
 * By one clock nothing starts before its caller, or after the caller has its answer. It may well end after it: a caller's span
 * ends with the reply's headers, and a busy process notes the end of its response late.
 *
 * @returns `undefined` if no single offset explains all calls.
 */
function commonOffset({ leastMs, mostMs, leastOfStartsMs }: Bounds): number | undefined {
  if (leastOfStartsMs > mostMs) return undefined;
  if (mostMs >= -toleranceMs && leastOfStartsMs <= toleranceMs) return 0;
  return Number.isFinite(leastMs) && leastMs <= mostMs ? (leastMs + mostMs) / 2 : mostMs;
}

/** A server that takes longer than its client cannot lie within it: the client gave up, or ended with the reply's headers. */
function fitsInto({ durationMs }: TraceOutline, parent: number, span: number): boolean {
  return Math.max(durationMs[span] as number, 0) <= Math.max(durationMs[parent] as number, 0);
}

/** Whether the server starts before its client, or after the client's end, once its clock is set back. */
function isOutside(outline: TraceOutline, parent: number, span: number, aheadMs: number): boolean {
  const startMs = (outline.startMs[span] as number) - aheadMs;
  if (startMs < (outline.startMs[parent] as number) - toleranceMs) return true;
  return fitsInto(outline, parent, span) && startMs > endOf(outline, parent) + toleranceMs;
}

/** What is still missing for this call: Jaeger's rule, which puts the server in the middle of its client. */
function offsetOfCall(
  outline: TraceOutline,
  parent: number,
  span: number,
  aheadMs: number,
  isUnfinished: boolean,
): number {
  if (!isOutside(outline, parent, span, aheadMs)) return 0;
  const lateMs = (outline.startMs[span] as number) - aheadMs - (outline.startMs[parent] as number);
  if (isUnfinished || !fitsInto(outline, parent, span)) return lateMs;
  const roomMs = (outline.durationMs[parent] as number) - Math.max(outline.durationMs[span] as number, 0);
  return lateMs - roomMs / 2;
}

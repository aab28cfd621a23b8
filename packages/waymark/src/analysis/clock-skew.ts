/**
 * Estimates how far the clocks of a trace's services differ, and how far to move each span so that calls fit together,
 * as Jaeger does.
 *
 * Within a call, the server starts after the client and ends before it. So each call gives two bounds for the offset
 * between two clocks, and all calls between the two clocks together give narrower bounds. Calls that no single offset
 * explains are moved one by one, as in Jaeger. Only servers below clients are evidence: a consumer may start at any
 * time, and so may a span that its parent does not wait for.
 *
 * @see https://github.com/jaegertracing/jaeger/tree/main/internal/storage/v1/querysvc/adjuster (ClockSkew)
 * @see https://github.com/jaegertracing/jaeger/issues/1459 why what was sent must be kept, and shown
 */
import { spanKinds, type TraceOutline } from './outline.ts';
import { endOf } from './span-end.ts';
import type { Finding } from './trace-analysis.ts';
import type { TraceTree } from './trace-tree.ts';

/** Clocks with a resolution of a millisecond may always be off by this much. */
const toleranceMs = 1;

type ClockSkew = Extract<Finding, { kind: 'clock-skew' }>;

export interface ClockCorrection {
  /**
   * For each span: how far its clock is ahead of the clock of the first span. The corrected start is the start less
   * this offset.
   */
  readonly offsetMs: Float64Array;
  readonly findings: readonly ClockSkew[];
}

/** The bounds that all calls from one clock to another give for the offset of the second clock. */
interface Bounds {
  /** The least and the greatest offset with which each server span lies within its client span. */
  leastMs: number;
  mostMs: number;
  /** The least offset with which each server span starts within its client span. */
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
      // A client span that has not ended has only a start, which is too little evidence.
      !unfinished.has(parent)
    );
  }

  const bounds = findBounds(outline, parents, unfinished, isCall);
  if (bounds.size === 0) return { offsetMs, findings: [] };

  /** The offset of each clock, once it is known. The first call that leads to a clock decides. */
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
 * On a single clock, a server cannot start before its caller, or after the caller has received its answer. It may end
 * after it: a caller's span ends with the reply's headers, and a busy process records the end of its response late.
 *
 * @returns `undefined` if no single offset explains all calls.
 */
function commonOffset({ leastMs, mostMs, leastOfStartsMs }: Bounds): number | undefined {
  if (leastOfStartsMs > mostMs) return undefined;
  if (mostMs >= -toleranceMs && leastOfStartsMs <= toleranceMs) return 0;
  return Number.isFinite(leastMs) && leastMs <= mostMs ? (leastMs + mostMs) / 2 : mostMs;
}

/**
 * A server span that is longer than its client span cannot lie within it: the client gave up, or ended with the reply's
 * headers.
 */
function fitsInto({ durationMs }: TraceOutline, parent: number, span: number): boolean {
  return Math.max(durationMs[span] as number, 0) <= Math.max(durationMs[parent] as number, 0);
}

/** Whether the server starts before its client, or after the client's end, once its clock is corrected. */
function isOutside(outline: TraceOutline, parent: number, span: number, aheadMs: number): boolean {
  const startMs = (outline.startMs[span] as number) - aheadMs;
  if (startMs < (outline.startMs[parent] as number) - toleranceMs) return true;
  return fitsInto(outline, parent, span) && startMs > endOf(outline, parent) + toleranceMs;
}

/** The rest of the correction for this call. Jaeger's rule puts the server in the middle of its client. */
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

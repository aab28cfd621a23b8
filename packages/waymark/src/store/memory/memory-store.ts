/** Keeps traces in memory, limited by bytes, number and age. */
import type { TraceSummary } from '../../api/types.ts';
import type { Span } from '../../model/span.ts';
import { chooseEvicted } from '../choose-evicted.ts';
import { comparePlaces } from '../cursor.ts';
import { defaultLimits } from '../default-limits.ts';
import { createEvictedCounts } from '../evicted-counts.ts';
import { createGrowingTrace } from '../growing-trace.ts';
import { maxNamedServices } from '../named-services.ts';
import { factsOf } from '../span-facts.ts';
import { measurementOf, operationOf } from '../span-series.ts';
import { createTimeline, type Timelines } from '../timeline/timeline.ts';
import type { NoteSeries } from '../trace-calls.ts';
import type { StoreLimits, TraceStore } from '../trace-store.ts';
import { bytesOf, createHeldTrace, type HeldTrace } from './held-trace.ts';
import { createMemoryReads } from './memory-reads.ts';
import { createMemorySlots } from './memory-slots.ts';

/**
 * @param maxSearchMs How long one call searches spans before it reports how far it came. Suggestions have half of that.
 * @param giveWay Called between two steps of a read: batches may be added there.
 */
export function createMemoryStore(
  given: Partial<StoreLimits> = {},
  now: () => number = Date.now,
  maxSearchMs = 200,
  giveWay: () => void = () => {},
): TraceStore {
  const limits = { ...defaultLimits, ...given };
  const traces = new Map<string, HeldTrace>();
  const evicted = createEvictedCounts();
  let timelines = createTimelines();
  let newestFirst: readonly HeldTrace[] | undefined = [];
  let spanCount = 0;
  let byteCount = 0;
  let nextNumber = 1;

  function add(spans: readonly Span[]): readonly TraceSummary[] {
    const touched = new Set<HeldTrace>();
    for (const span of spans) {
      const held = traces.get(span.traceId) ?? hold(span.traceId);
      const facts = factsOf(span);
      if (!held.growing.add(facts, noteMap)) continue;
      touched.add(held);
      held.spans.push(span);
      const bytes = bytesOf(span);
      held.byteCount += bytes;
      byteCount += bytes;
      spanCount++;
      timelines.operations.note(measurementOf(facts, operationOf(facts)), 1);
    }
    for (const held of touched) {
      held.summary = held.growing.summary();
      const { added, removed } = held.growing.takeFailures();
      for (const failed of removed) held.failed.delete(failed);
      for (const failed of added) held.failed.add(failed);
      // The map is ordered by age: the trace moves behind those that have not grown since.
      held.addedMs = now();
      traces.delete(held.traceId);
      traces.set(held.traceId, held);
    }
    if (touched.size === 0) return [];
    newestFirst = undefined;
    evict();
    flush();
    return [...touched].filter(({ traceId }) => traces.has(traceId)).map(({ summary }) => summary);
  }

  function hold(traceId: string): HeldTrace {
    const held = createHeldTrace(traceId, nextNumber++);
    traces.set(traceId, held);
    return held;
  }

  function noteMap(series: string, span: Parameters<NoteSeries>[1], sign: 1 | -1): void {
    timelines.map.note(measurementOf(span, series), sign);
  }

  function evict(): void {
    const oldestMs = now() - limits.maxAgeMs;
    for (const held of traces.values()) {
      if (held.addedMs >= oldestMs) break;
      drop(held);
    }
    if (byteCount <= limits.maxBytes && spanCount <= limits.maxSpans) return;
    // If there are many services, their names contain ids. The smallest ones then count as one service.
    const named = mostFrequent(countOwned(), maxNamedServices / 2);
    const services = new Map<
      string | undefined,
      { plain: number; failed: number; traces: { plain: HeldTrace[]; failed: HeldTrace[] } }
    >();
    for (const held of traces.values()) {
      const { serviceName, errorCount, spanCount: count } = held.summary;
      const owner = named.has(serviceName) ? serviceName : undefined;
      const service = services.get(owner) ?? { plain: 0, failed: 0, traces: { plain: [], failed: [] } };
      services.set(owner, service);
      const side = errorCount > 0 ? 'failed' : 'plain';
      service[side] += count;
      service.traces[side].push(held);
    }
    for (const { traces: held } of services.values()) {
      // The oldest is last, where removing it is cheap.
      held.plain.reverse();
      held.failed.reverse();
    }
    // More traces go than must, so that not every batch has to make room.
    while (spanCount > 0.95 * limits.maxSpans || byteCount > 0.95 * limits.maxBytes) {
      const chosen = chooseEvicted(services);
      const service = chosen && services.get(chosen.service);
      const side = chosen?.hasFailed ? 'failed' : 'plain';
      const held = service?.traces[side].pop();
      if (service === undefined || held === undefined) break;
      service[side] -= held.summary.spanCount;
      drop(held);
    }
  }

  /** The number of spans in the traces that begin at each service. */
  function countOwned(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { summary } of traces.values()) {
      counts.set(summary.serviceName, (counts.get(summary.serviceName) ?? 0) + summary.spanCount);
    }
    return counts;
  }

  function drop(held: HeldTrace): void {
    traces.delete(held.traceId);
    spanCount -= held.spans.length;
    byteCount -= held.byteCount;
    newestFirst = undefined;
    // What was counted depends on the order of arrival, so it is subtracted in the same order.
    const growing = createGrowingTrace(held.traceId);
    for (const span of held.spans) {
      const facts = factsOf(span);
      timelines.operations.note(measurementOf(facts, operationOf(facts)), -1);
      growing.add(facts, (series, part, sign) => noteMap(series, part, sign === 1 ? -1 : 1));
    }
    for (const { name, spanCount: count } of held.summary.services) evicted.add(name, count);
  }

  function sorted(): readonly HeldTrace[] {
    newestFirst ??= [...traces.values()].sort((one, other) => comparePlaces(one.summary, other.summary));
    return newestFirst;
  }

  function flush(): void {
    timelines.operations.flush();
    timelines.map.flush();
  }

  const reads = createMemoryReads({
    newestFirst: sorted,
    find: (traceId) => traces.get(traceId),
    timelines: () => timelines,
    now,
    maxSearchMs,
    giveWay,
  });

  return {
    ...reads,
    add,

    services() {
      const counts = new Map<string, number>();
      for (const { summary } of traces.values()) {
        for (const { name, spanCount: count } of summary.services) counts.set(name, (counts.get(name) ?? 0) + count);
      }
      return [...mostFrequent(counts, maxNamedServices)].sort();
    },

    counts() {
      const oldest = sorted().at(-1);
      return {
        kind: 'memory',
        spanCount,
        traceCount: traces.size,
        byteCount,
        ...(oldest && { oldestMs: oldest.summary.startMs }),
        limits,
        ...evicted.counts(),
      };
    },

    clear() {
      traces.clear();
      newestFirst = [];
      spanCount = 0;
      byteCount = 0;
      timelines = createTimelines();
    },

    upkeep() {
      evict();
      flush();
      return false;
    },

    close() {},
  };
}

function createTimelines(): Timelines {
  return { operations: createTimeline(createMemorySlots()), map: createTimeline(createMemorySlots()) };
}

function mostFrequent(counts: ReadonlyMap<string, number>, most: number): ReadonlySet<string> {
  if (counts.size <= most) return new Set(counts.keys());
  const sorted = [...counts].sort(([, one], [, other]) => other - one);
  return new Set(sorted.slice(0, most).map(([name]) => name));
}

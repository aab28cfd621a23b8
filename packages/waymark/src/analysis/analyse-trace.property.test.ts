import fc from 'fast-check';
import { sketchTrace } from '../../test/sketch-trace.ts';
import type { Span } from '../model/span.ts';
import { analyseTrace } from './analyse-trace.ts';
import { compareTraces } from './compare.ts';
import { toOutline } from './to-outline.ts';

const [example] = sketchTrace('a server root 0-1') as [Span];

/** Spans with arbitrary fields. There are few ids, so that some occur twice, are missing, or form circles. */
const anySpans = fc.array(
  fc.record({
    id: fc.integer({ min: 1, max: 12 }),
    parent: fc.integer({ min: 0, max: 14 }),
    start: fc.integer({ min: 0, max: 50 }),
    duration: fc.integer({ min: -10, max: 50 }),
    kind: fc.constantFrom('client', 'server', 'internal', 'consumer', 'producer'),
    service: fc.constantFrom('a', 'b', 'c'),
    name: fc.constantFrom('x', 'y'),
    isFailed: fc.boolean(),
  }),
  { maxLength: 40 },
);

type Facts = typeof anySpans extends fc.Arbitrary<readonly (infer Item)[]> ? Item : never;

function toSpan({ id, parent, start, duration, kind, service, name, isFailed }: Facts): Span {
  return {
    ...example,
    spanId: hex(id),
    ...(parent > 0 && { parentSpanId: hex(parent) }),
    name,
    kind: kind as Span['kind'], // one of the constants
    startTimeUnixNano: `${1_700_000_000_000 + start}000000`,
    endTimeUnixNano: `${1_700_000_000_000 + start + duration}000000`,
    ...(isFailed && { status: { code: 'error' } }),
    resource: { serviceName: service, attributes: {} },
  };
}

function hex(id: number): string {
  return id.toString(16).padStart(16, '0');
}

const outlines = anySpans.map((facts) => toOutline(facts.map(toSpan)));

test('every span of any trace is in the tree once, within its parent', () => {
  fc.assert(
    fc.property(outlines, (outline) => {
      const { order, depths, subtreeEnds, parents, childCounts } = analyseTrace(outline);
      expect([...order].sort((one, other) => one - other)).toEqual([...outline.spanIds.keys()]);
      const rowOf = new Map([...order].map((span, row) => [span, row]));
      for (const [row, span] of order.entries()) {
        const parent = parents[span] as number;
        const parentRow = rowOf.get(parent) ?? -1;
        expect(depths[row]).toBe(parent === -1 ? 0 : (depths[parentRow] as number) + 1);
        expect(subtreeEnds[row]).toBeGreaterThan(row);
        if (parent !== -1) {
          expect(parentRow).toBeLessThan(row);
          expect(subtreeEnds[parentRow]).toBeGreaterThanOrEqual(subtreeEnds[row] as number);
        }
        expect(childCounts[span]).toBe(parents.filter((each) => each === span).length);
      }
    }),
  );
});

test('every top span of any trace is reported as a root, an orphan or a cut circle', () => {
  fc.assert(
    fc.property(outlines, (outline) => {
      const { parents, roots, orphans, findings } = analyseTrace(outline);
      const tops = [...parents.keys()].filter((span) => parents[span] === -1);
      const cut = findings.flatMap((finding) => (finding.kind === 'cycle' ? [Math.min(...finding.spans)] : []));
      const told = [...roots, ...orphans.flatMap(({ spans }) => spans), ...cut];
      expect(told.sort((one, other) => one - other)).toEqual(tops);
    }),
  );
});

test('the critical path of any trace adds up to its duration, to the nanosecond, without overlaps or gaps', () => {
  fc.assert(
    fc.property(anySpans, fc.integer({ min: 1, max: 999_999 }), (facts, nano) => {
      const spans = facts.map(toSpan).map((span, index) => ({
        ...span,
        startTimeUnixNano: String(BigInt(span.startTimeUnixNano) + BigInt((index * nano) % 1_000_000)),
        endTimeUnixNano: String(BigInt(span.endTimeUnixNano) + BigInt((index * index * nano) % 1_000_000)),
      }));
      const { criticalPath, criticalMs, clockOffsetMs, firstMs, durationMs, ...analysis } = analyseTrace(
        toOutline(spans),
      );
      const pathNano = criticalPath.reduce((sum, { startMs, endMs }) => sum + toNano(endMs) - toNano(startMs), 0n);
      expect(pathNano).toBe(toNano(durationMs));
      if (clockOffsetMs.every((offsetMs) => offsetMs === 0)) expect(pathNano).toBe(durationNanoOf(spans));
      for (const [index, { span, startMs, endMs }] of criticalPath.entries()) {
        expect(endMs).toBeGreaterThan(startMs);
        expect(startMs).toBe(index === 0 ? firstMs : criticalPath[index - 1]?.endMs);
        if (span === -1) continue;
        expect(startMs).toBeGreaterThanOrEqual(analysis.startMs[span] as number);
        expect(endMs).toBeLessThanOrEqual(analysis.endMs[span] as number);
      }
      const onSpansMs = criticalPath.reduce(
        (sum, { span, startMs, endMs }) => sum + (span === -1 ? 0 : endMs - startMs),
        0,
      );
      expect(criticalMs.reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(onSpansMs, 6);
    }),
  );
});

function toNano(ms: number): bigint {
  return BigInt(Math.round(ms * 1e6));
}

function durationNanoOf(spans: readonly Span[]): bigint {
  const starts = spans.map(({ startTimeUnixNano }) => BigInt(startTimeUnixNano));
  const moments = [...starts, ...spans.map(({ endTimeUnixNano }) => BigInt(endTimeUnixNano))].sort(byValue);
  const [first = 0n] = starts.sort(byValue);
  return (moments.at(-1) ?? 0n) - first;
}

function byValue(one: bigint, other: bigint): number {
  return Number(one - other);
}

test('self time of any span is between zero and its duration', () => {
  fc.assert(
    fc.property(outlines, (outline) => {
      const { selfMs, childCounts } = analyseTrace(outline);
      for (const [span, ms] of selfMs.entries()) {
        const durationMs = Math.max(outline.durationMs[span] as number, 0);
        expect(ms).toBeGreaterThanOrEqual(0);
        expect(ms).toBeLessThanOrEqual(durationMs);
        if (childCounts[span] === 0) expect(ms).toBe(durationMs);
      }
    }),
  );
});

test('any trace compared with itself has no differences', () => {
  fc.assert(
    fc.property(outlines, (outline) => {
      const { rows } = compareTraces(outline, outline);
      expect(rows).toHaveLength(outline.spanIds.length);
      expect(rows.filter(({ a, b }) => a !== b)).toEqual([]);
    }),
  );
});

test('the comparison of any two traces has each span once', () => {
  fc.assert(
    fc.property(outlines, outlines, (a, b) => {
      const { rows } = compareTraces(a, b);
      const spansOf = (side: 'a' | 'b') =>
        rows
          .map((row) => row[side])
          .filter((span) => span !== undefined)
          .sort((one, other) => one - other);
      expect(spansOf('a')).toEqual([...a.spanIds.keys()]);
      expect(spansOf('b')).toEqual([...b.spanIds.keys()]);
    }),
  );
});

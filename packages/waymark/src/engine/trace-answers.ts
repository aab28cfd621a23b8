/**
 * Answers about one trace, computed in the thread that has its spans: cloning 50,000 spans takes longer than searching them. A
 * trace is read part by part, since it may not fit into memory. Large answers are strings, as they are sent.
 */
import { createOutlineBuilder, inOrderOfStart } from '../analysis/to-outline.ts';
import type { SpanDetails, TraceMatches } from '../api/types.ts';
import { type JaegerTraceSummary, toJaegerSummary } from '../export/to-jaeger-summary.ts';
import type { Span } from '../model/span.ts';
import { compareNano } from '../model/time.ts';
import { createTraceMatcher, matchesSpan } from '../query/matches.ts';
import type { Query } from '../query/query.ts';
import { type RedactOptions, redactTrace } from '../share/redact-trace.ts';
import { renderShareHtml, type SharedFile } from '../share/render-share-html.ts';
import { listSharedKeys, type SharePreview } from '../share/shared-keys.ts';
import type { TraceReader, TraceReads } from '../store/trace-store.ts';

/** All return `undefined` for an unknown trace. */
export interface TraceAnswers {
  /** A `TraceOutline`, as JSON. Throws {@link TraceTooLarge}. */
  outlineJson(traceId: string): string | undefined;
  jaegerSummary(traceId: string): JaegerTraceSummary | undefined;
  /** The trace as a page, and what was removed from it. Throws {@link TraceTooLarge}. */
  shareFile(traceId: string, options: RedactOptions): SharedFile | undefined;
  /** The keys that such a page would contain, and what would be removed. Throws {@link TraceTooLarge}. */
  sharePreview(traceId: string, options: RedactOptions): SharePreview | undefined;
  /** Without spans, if the trace has no such span. */
  spanDetails(traceId: string, spanId: string): SpanDetails | undefined;
  search(traceId: string, query: Query): TraceMatches | undefined;
  /** The ids of the given traces that match. */
  matching(traceIds: readonly string[], query: Query): readonly string[];
}

class TraceTooLarge extends Error {
  readonly code: 'WAYMARK_REQUEST_PROBLEM' = 'WAYMARK_REQUEST_PROBLEM';
  readonly status: 413 = 413;

  constructor(traceId: string, { spanCount }: TraceReader, what: string) {
    super(
      `Trace ${traceId} has ${spanCount} spans, which is too much for ${what}. All of them: /waymark/traces/${traceId}/otlp.json`,
    );
    this.name = 'TraceTooLarge';
  }
}

// The page holds all attributes, and browsers must be able to open it.
const maxSharedSpans = 50_000;
const maxSharedLength = 128 * 2 ** 20;

// A faulty sender may give many spans of a trace the same id.
const maxSpansOfId = 100;

// V8's longest string has 512 Mi characters.
const maxOutlineSpans = 1_000_000;

export function createTraceAnswers(store: Pick<TraceReads, 'reader' | 'history'>): TraceAnswers {
  function answer<T>(traceId: string, from: (reader: TraceReader) => T): T | undefined {
    const reader = store.reader(traceId);
    return reader && from(reader);
  }

  return {
    outlineJson: (traceId) =>
      answer(traceId, (reader) => {
        if (reader.spanCount > maxOutlineSpans) throw new TraceTooLarge(traceId, reader, 'a waterfall');
        const builder = createOutlineBuilder();
        for (const span of spansOf(reader)) builder.add(span);
        try {
          return JSON.stringify(builder.build());
        } catch (error) {
          if (error instanceof RangeError) throw new TraceTooLarge(traceId, reader, 'a waterfall');
          throw error;
        }
      }),
    jaegerSummary: (traceId) =>
      // The summary needs neither attributes nor events, and spans without them are small.
      answer(traceId, (reader) => toJaegerSummary(traceId, Array.from(spansOf(reader), withoutValues))),
    shareFile: (traceId, options) =>
      answer(traceId, (reader) => renderShareHtml(sharedSpans(traceId, reader), options)),
    sharePreview: (traceId, options) =>
      answer(traceId, (reader) => {
        const all = sharedSpans(traceId, reader);
        // The person who shares chooses among keys that look sensitive, so their values are shown.
        const chosen = listSharedKeys(all).flatMap(({ key, isSensitive }) => (isSensitive ? [key] : []));
        const { spans, removed } = redactTrace(all, {
          ...options,
          keep: new Set([...(options.keep ?? []), ...chosen]),
        });
        return { keys: listSharedKeys(spans), removed };
      }),
    spanDetails: (traceId, spanId) =>
      answer(traceId, (reader) => {
        const found: Span[] = [];
        for (const span of spansOf(reader)) if (span.spanId === spanId && found.length < maxSpansOfId) found.push(span);
        const [first] = found;
        const history = first === undefined ? undefined : store.history(first);
        return { spans: inOrderOfStart(found), ...(history !== undefined && { history }) };
      }),
    search: (traceId, query) =>
      answer(traceId, (reader) => {
        const all = Array.from(spansOf(reader), (span) => ({
          startNano: span.startTimeUnixNano,
          isFound: matchesSpan(query, span),
        }));
        all.sort((one, other) => compareNano(one.startNano, other.startNano));
        return { spans: all.flatMap(({ isFound }, index) => (isFound ? [index] : [])) };
      }),
    matching(traceIds, query) {
      return traceIds.filter((traceId) => answer(traceId, (reader) => matches(query, reader)));
    },
  };
}

/** @throws {TraceTooLarge} */
function sharedSpans(traceId: string, reader: TraceReader): readonly Span[] {
  const spans: Span[] = [];
  let length = 0;
  for (const part of reader.parts()) {
    for (const span of part.spans) spans.push(span);
    length += JSON.stringify(part.spans).length;
    if (spans.length > maxSharedSpans || length > maxSharedLength) {
      throw new TraceTooLarge(traceId, reader, 'a page that opens from disk');
    }
  }
  return inOrderOfStart(spans);
}

function* spansOf(reader: TraceReader): Iterable<Span> {
  for (const { spans } of reader.parts()) yield* spans;
}

function matches(query: Query, reader: TraceReader): boolean {
  const matcher = createTraceMatcher(query);
  for (const { spans } of reader.parts()) {
    matcher.add(spans);
    if (matcher.isDecided()) break;
  }
  return matcher.matches();
}

function withoutValues({ events: _, links: __, resource: { serviceName }, ...span }: Span): Span {
  return { ...span, attributes: {}, resource: { serviceName, attributes: {} } };
}

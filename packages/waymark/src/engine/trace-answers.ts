/**
 * Answers about one trace, and all that a large trace makes large, worked out where its spans are: 50,000 of them take
 * longer to hand over to the other thread than to look through. What is large is handed over as the text that is sent.
 */
import { inOrderOfStart, toOutline } from '../analysis/to-outline.ts';
import type { SpanDetails, TraceMatches } from '../api/types.ts';
import { type JaegerTraceSummary, toJaegerSummary } from '../export/to-jaeger-summary.ts';
import { toOtlpJson } from '../export/to-otlp-json.ts';
import type { Span } from '../model/span.ts';
import { matchesSpan, matchesTrace } from '../query/matches.ts';
import { parseQuery } from '../query/parse-query.ts';
import { type RedactOptions, redactTrace } from '../share/redact-trace.ts';
import { renderShareHtml, type SharedFile } from '../share/render-share-html.ts';
import { listSharedKeys, type SharePreview } from '../share/shared-keys.ts';
import type { TraceReads } from '../store/trace-store.ts';

/** All give `undefined` for a trace that is not there. */
export interface TraceAnswers {
  /** A `TraceDocument`, as JSON. */
  traceJson(traceId: string): string | undefined;
  /** A `TraceOutline`, as JSON. */
  outlineJson(traceId: string): string | undefined;
  otlpJson(traceId: string): string | undefined;
  jaegerSummary(traceId: string): JaegerTraceSummary | undefined;
  /** The trace as a page, and what that page does not hold. */
  shareFile(traceId: string, options: RedactOptions): SharedFile | undefined;
  /** What such a page would hold, by key, and what not. */
  sharePreview(traceId: string, options: RedactOptions): SharePreview | undefined;
  /** No spans if the trace is there and the span is not. */
  spanDetails(traceId: string, spanId: string): SpanDetails | undefined;
  search(traceId: string, query: string): TraceMatches | undefined;
  /** Those that match, of the given. */
  matching(traceIds: readonly string[], query: string): readonly string[];
}

/** @param giveWay Called between two steps of an answer. */
export function createTraceAnswers(store: Pick<TraceReads, 'spans' | 'history'>, giveWay: () => void): TraceAnswers {
  function answer<T>(traceId: string, from: (spans: readonly Span[]) => T): T | undefined {
    const spans = store.spans(traceId);
    return spans.length === 0 ? undefined : from(spans);
  }

  return {
    traceJson: (traceId) => answer(traceId, (spans) => `{"traceId":"${traceId}","spans":${listJson(spans, giveWay)}}`),
    outlineJson: (traceId) => answer(traceId, (spans) => JSON.stringify(toOutline(spans))),
    otlpJson: (traceId) => answer(traceId, (spans) => JSON.stringify(toOtlpJson(spans))),
    jaegerSummary: (traceId) => answer(traceId, (spans) => toJaegerSummary(traceId, spans)),
    shareFile: (traceId, options) => answer(traceId, (spans) => renderShareHtml(spans, options)),
    sharePreview: (traceId, options) =>
      answer(traceId, (all) => {
        // Keys that look like secrets are for the reader to choose: shown with their values.
        const chosen = listSharedKeys(all).flatMap(({ key, isSensitive }) => (isSensitive ? [key] : []));
        const { spans, removed } = redactTrace(all, {
          ...options,
          keep: new Set([...(options.keep ?? []), ...chosen]),
        });
        return { keys: listSharedKeys(spans), removed };
      }),
    spanDetails: (traceId, spanId) =>
      answer(traceId, (spans) => {
        const found = spans.filter((span) => span.spanId === spanId);
        const [first] = found;
        const history = first === undefined ? undefined : store.history(first);
        return { spans: found, ...(history !== undefined && { history }) };
      }),
    search: (traceId, text) =>
      answer(traceId, (spans) => {
        const query = parseQuery(text);
        return { spans: inOrderOfStart(spans).flatMap((span, index) => (matchesSpan(query, span) ? [index] : [])) };
      }),
    matching(traceIds, text) {
      const query = parseQuery(text);
      return traceIds.filter((traceId) => {
        giveWay();
        return matchesTrace(query, store.spans(traceId));
      });
    },
  };
}

/** What JSON.stringify() writes, in steps. */
function listJson(items: readonly unknown[], giveWay: () => void): string {
  const parts: string[] = [];
  for (let from = 0; from < items.length; from += itemsPerStep) {
    parts.push(JSON.stringify(items.slice(from, from + itemsPerStep)).slice(1, -1));
    giveWay();
  }
  return `[${parts.join(',')}]`;
}

const itemsPerStep = 500;

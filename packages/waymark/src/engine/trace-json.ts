/** Traces as JSON: in the formats of other APIs within a budget, or piece by piece without a limit. */
import { inOrderOfStart } from '../analysis/to-outline.ts';
import { toJaegerJson } from '../export/to-jaeger-json.ts';
import { toOtlpJson } from '../export/to-otlp-json.ts';
import { toZipkinJson } from '../export/to-zipkin-json.ts';
import { jaegerWarningsKey } from '../model/jaeger-warning.ts';
import { rootIndexOf } from '../model/root-index.ts';
import type { Span } from '../model/span.ts';
import type { TraceReads } from '../store/trace-store.ts';
import { type Budget, readExcerpt } from './trace-excerpt.ts';

/** `otlp`: the elements of `resourceSpans`, without the brackets of the list. */
export type TraceFormat = 'jaeger' | 'zipkin' | 'otlp';

export interface TraceJson {
  readonly json: string;
  readonly spanCount: number;
  /** How many spans exceeded the budget. The JSON has a warning about them. */
  readonly leftOut: number;
}

/** `spans`: spans as the store keeps them. Both are elements of a list, without its brackets. */
export type PieceFormat = 'spans' | 'otlp';

export interface TracePiece {
  readonly json: string;
  /** The `from` of the next piece; absent at the end. */
  readonly next?: number;
}

/** Both return `undefined` for an unknown trace. */
export interface TraceJsonCalls {
  traceJson(traceId: string, format: TraceFormat, budget: Budget): TraceJson | undefined;
  /** A trace of up to 10,000 spans and 32 MiB is one piece. Each piece is in order of start. */
  tracePiece(traceId: string, format: PieceFormat, from: number): TracePiece | undefined;
}

const maxPieceSpans = 10_000;
const maxPieceLength = 32 * 2 ** 20;

/** @param giveWay Called between two steps of an answer. */
export function createTraceJsonCalls(store: Pick<TraceReads, 'reader'>, giveWay: () => void): TraceJsonCalls {
  return {
    traceJson(traceId, format, budget) {
      const reader = store.reader(traceId);
      if (reader === undefined) return undefined;
      const { spans, leftOut } = readExcerpt(reader, budget);
      const warning =
        leftOut === 0
          ? undefined
          : `Incomplete: ${leftOut} of the ${leftOut + spans.length} spans of this trace are left out, as the answer would be too large. All of them: /waymark/traces/${traceId}/otlp.json`;
      return { json: jsonOf(format, traceId, spans, warning), spanCount: spans.length, leftOut };
    },

    tracePiece(traceId, format, from) {
      const reader = store.reader(traceId);
      if (reader === undefined) return undefined;
      const spans: Span[] = [];
      let length = 0;
      let next: number | undefined;
      for (const part of reader.parts(from)) {
        if (next !== undefined && (spans.length + part.spans.length > maxPieceSpans || length > maxPieceLength)) {
          return { json: pieceOf(format, spans, giveWay), next };
        }
        for (const span of part.spans) spans.push(span);
        length += JSON.stringify(part.spans).length;
        ({ next } = part);
      }
      return { json: pieceOf(format, spans, giveWay) };
    },
  };
}

function pieceOf(format: PieceFormat, spans: readonly Span[], giveWay: () => void): string {
  const sorted = inOrderOfStart(spans);
  const items = format === 'otlp' ? toOtlpJson(sorted).resourceSpans : sorted;
  const parts: string[] = [];
  for (let from = 0; from < items.length; from += itemsPerStep) {
    parts.push(JSON.stringify(items.slice(from, from + itemsPerStep)).slice(1, -1));
    giveWay();
  }
  return parts.join(',');
}

const itemsPerStep = 500;

function jsonOf(format: TraceFormat, traceId: string, spans: readonly Span[], warning: string | undefined): string {
  const root = rootIndexOf(spans);
  switch (format) {
    case 'jaeger':
      return JSON.stringify(toJaegerJson(traceId, spans, warning));
    case 'zipkin': {
      // Zipkin has no field for a warning about a trace, so it becomes a tag of the root.
      const zipkin = spans.map(toZipkinJson).map((span, index) => {
        if (warning === undefined || index !== root) return span;
        return { ...span, tags: { ...span.tags, [zipkinWarningTag]: warning } };
      });
      return JSON.stringify(zipkin);
    }
    case 'otlp': {
      const marked = spans.map((span, index) => {
        if (warning === undefined || index !== root) return span;
        return { ...span, attributes: { ...span.attributes, [jaegerWarningsKey]: [warning] } };
      });
      return JSON.stringify(toOtlpJson(marked).resourceSpans).slice(1, -1);
    }
  }
}

const zipkinWarningTag = 'waymark.incomplete';

/** The trace that is embedded in the shared file. */
import { analyseTrace } from '../../../src/analysis/analyse-trace.ts';
import { toOutline } from '../../../src/analysis/to-outline.ts';
import type { Span } from '../../../src/model/span.ts';
import { matchesSpan } from '../../../src/query/matches.ts';
import { parseQuery } from '../../../src/query/parse-query.ts';
import { type PackedTrace, unpackTrace } from '../../../src/share/share-format.ts';
import { buildTraceModel } from '../trace/trace-model.ts';
import type { TraceSource } from '../trace/trace-source.ts';

export async function readEmbeddedTrace(): Promise<PackedTrace> {
  const text = document.getElementById('waymark-trace')?.textContent ?? '';
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return JSON.parse(await new Response(stream).text()) as PackedTrace; // renderShareHtml() wrote it, with this script
}

export function createEmbeddedSource(packed: PackedTrace): TraceSource {
  const spans = unpackTrace(packed);
  const outline = toOutline(spans);
  const spansById = new Map<string, Span[]>();
  for (const span of spans) {
    const known = spansById.get(span.spanId);
    if (known === undefined) spansById.set(span.spanId, [span]);
    else known.push(span);
  }
  return {
    traceId: packed.traceId,
    isLive: false,
    load: async () => buildTraceModel(outline, analyseTrace(outline)),
    details: async (spanId) => ({ spans: spansById.get(spanId) ?? [] }),
    search: async (text) => {
      const query = parseQuery(text);
      const matching = new Set(spans.filter((span) => matchesSpan(query, span)).map(({ spanId }) => spanId));
      return outline.spanIds.flatMap((spanId, index) => (matching.has(spanId) ? [index] : []));
    },
    onGrowth: () => () => {},
  };
}

/** Splits a protobuf request of this package: one resource, one scope, and then the spans. */
import { readFields } from './protobuf-reader.ts';

export interface SplitRequest {
  /** The bytes of the fields of `ResourceSpans` and of `ScopeSpans` in front of the spans. */
  readonly resource: Buffer;
  readonly scope: Buffer;
  readonly first: SplitSpans;
  readonly second: SplitSpans;
}

export interface SplitSpans {
  readonly spans: Buffer;
  readonly spanCount: number;
}

// The number of `ExportTraceServiceRequest.resource_spans` is 1; of `ResourceSpans.scope_spans`, and `ScopeSpans.spans`:
const spansFieldNumber = 2;

/** Splits the spans in the middle. `undefined` for fewer than two spans, or a request of another program. */
export function splitRequest(body: Buffer): SplitRequest | undefined {
  try {
    const [resourceSpans] = endsOf(body);
    if (resourceSpans === undefined) return undefined;
    const inResource = endsOf(resourceSpans.value);
    const scopeSpans = inResource.find(({ number }) => number === spansFieldNumber);
    if (scopeSpans === undefined) return undefined;
    const inScope = endsOf(scopeSpans.value);
    const spans = inScope.filter(({ number }) => number === spansFieldNumber);
    const [oldest, lastOfFirst] = [spans[0], spans[(spans.length >> 1) - 1]];
    if (oldest === undefined || lastOfFirst === undefined) return undefined;
    return {
      resource: resourceSpans.value.subarray(0, scopeSpans.start),
      scope: scopeSpans.value.subarray(0, oldest.start),
      first: { spans: scopeSpans.value.subarray(oldest.start, lastOfFirst.end), spanCount: spans.length >> 1 },
      second: { spans: scopeSpans.value.subarray(lastOfFirst.end), spanCount: (spans.length + 1) >> 1 },
    };
  } catch {
    return undefined; // readFields() throws if the bytes are not a message
  }
}

interface PlacedField {
  readonly number: number;
  readonly start: number;
  readonly end: number;
  readonly value: Buffer;
}

/** The fields of a message that contains only messages, with their positions. */
function endsOf(message: Buffer): readonly PlacedField[] {
  const fields: PlacedField[] = [];
  let start = 0;
  for (const { number, wireType, value } of readFields(message)) {
    if (wireType !== 2) throw new RangeError('not made here');
    const end = value.byteOffset - message.byteOffset + value.length;
    fields.push({ number, start, end, value });
    start = end;
  }
  return fields;
}

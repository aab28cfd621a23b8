/** Reads a protobuf request of this package as far as its spans, which stay bytes. */
import { readFields } from './protobuf-reader.ts';
import type { ScopeSection } from './split-request.ts';

export interface ProtobufSections {
  /** The fields of `ResourceSpans` in front of the spans. */
  readonly resource: Buffer;
  readonly sections: readonly ScopeSection[];
}

// The number of `ExportTraceServiceRequest.resource_spans` is 1; of `ResourceSpans.scope_spans`, and `ScopeSpans.spans`:
const spansFieldNumber = 2;

/** `undefined` for a request of another program. */
export function readSections(body: Buffer): ProtobufSections | undefined {
  try {
    const [resourceSpans, ...others] = fieldsOf(body);
    if (resourceSpans === undefined || others.length > 0) return undefined;
    const [resource, scopeSpans] = splitAtSpans(resourceSpans.value);
    const sections = scopeSpans.map(({ value }) => {
      const [head, spans] = splitAtSpans(value);
      return { head, spans: spans.map(({ whole }) => whole) };
    });
    return { resource, sections };
  } catch {
    return undefined; // readFields() throws if the bytes are not a message
  }
}

/** What is in front of the first field with the number of spans, and the fields from there on. */
function splitAtSpans(message: Buffer): readonly [head: Buffer, fields: readonly PlacedField[]] {
  const fields = fieldsOf(message);
  const first = fields.findIndex(({ number }) => number === spansFieldNumber);
  const behind = first < 0 ? [] : fields.slice(first);
  if (behind.some(({ number }) => number !== spansFieldNumber)) throw new RangeError('not made here');
  const headBytes = behind.reduce((left, { whole }) => left - whole.length, message.length);
  return [message.subarray(0, headBytes), behind];
}

interface PlacedField {
  readonly number: number;
  readonly value: Buffer;
  /** With its tag and length. */
  readonly whole: Buffer;
}

/** The fields of a message that has only messages and strings. */
function fieldsOf(message: Buffer): readonly PlacedField[] {
  const fields: PlacedField[] = [];
  let start = 0;
  for (const { number, wireType, value } of readFields(message)) {
    if (wireType !== 2) throw new RangeError('not made here');
    const end = value.byteOffset - message.byteOffset + value.length;
    fields.push({ number, value, whole: message.subarray(start, end) });
    start = end;
  }
  return fields;
}

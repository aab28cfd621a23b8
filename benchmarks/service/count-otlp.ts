// Counts the spans of an OTLP request in protobuf, and lists their attributes. A field is skipped by its length alone.

export function countOtlpSpans(body: Buffer): number {
  return spansOf(body).length;
}

/** The kind of a span (1 internal, 2 server, 3 client), and the keys of its attributes. */
export interface SpanShape {
  readonly kind: number;
  readonly keys: readonly string[];
}

export function shapesOf(body: Buffer): SpanShape[] {
  return spansOf(body).map((span) => {
    let kind = 0;
    const keys: string[] = [];
    eachField(span, (field, value) => {
      // opentelemetry/proto/trace/v1/trace.proto: Span.kind is 6, Span.attributes is 9, KeyValue.key is 1
      if (field === 6) kind = Number(value);
      if (field === 9 && typeof value !== 'number') keys.push(...fieldsOf(value, 1).map(String));
    });
    return { kind, keys: keys.sort() };
  });
}

function spansOf(body: Buffer): Buffer[] {
  // TracesData.resource_spans is 1, ResourceSpans.scope_spans is 2, ScopeSpans.spans is 2
  return fieldsOf(body, 1).flatMap((resourceSpans) =>
    fieldsOf(resourceSpans, 2).flatMap((scopeSpans) => fieldsOf(scopeSpans, 2)),
  );
}

function fieldsOf(message: Buffer, wanted: number): Buffer[] {
  const found: Buffer[] = [];
  eachField(message, (field, value) => {
    if (field === wanted && typeof value !== 'number') found.push(value);
  });
  return found;
}

function eachField(message: Buffer, visit: (field: number, value: Buffer | number) => void): void {
  let position = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[position++];
      if (byte === undefined) throw new RangeError('The request ends in the middle of a number.');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (position < message.length) {
    const tag = readVarint();
    const field = tag >>> 3;
    const wireType = tag & 7;
    if (wireType === 0) {
      visit(field, readVarint());
      continue;
    }
    const length = wireType === 2 ? readVarint() : wireType === 1 ? 8 : 4;
    visit(field, message.subarray(position, position + length));
    position += length;
  }
}

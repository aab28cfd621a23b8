// Reads the ids of the spans in a request's body, in any format.

/** @throws If the body is incomplete. */
export function readSpanIds(path: string, contentType: string, body: Buffer): string[] {
  if (path === '/api/v2/spans') return (JSON.parse(body.toString()) as { id: string }[]).map(({ id }) => id);
  return contentType.startsWith('application/json') ? idsInJson(JSON.parse(body.toString())) : idsInProtobuf(body);
}

interface JsonRequest {
  readonly resourceSpans: readonly { scopeSpans: readonly { spans: readonly { spanId: string }[] }[] }[];
}

function idsInJson({ resourceSpans }: JsonRequest): string[] {
  return resourceSpans.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans.map(({ spanId }) => spanId)),
  );
}

function idsInProtobuf(body: Buffer): string[] {
  // TracesData.resource_spans is 1, ResourceSpans.scope_spans is 2, ScopeSpans.spans is 2, Span.span_id is 2
  return fieldsOf(body, 1)
    .flatMap((resourceSpans) => fieldsOf(resourceSpans, 2))
    .flatMap((scopeSpans) => fieldsOf(scopeSpans, 2))
    .map((span) => fieldsOf(span, 2)[0]?.toString('hex') ?? '');
}

function fieldsOf(message: Buffer, wanted: number): Buffer[] {
  const found: Buffer[] = [];
  let position = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[position++];
      if (byte === undefined) throw new RangeError('The body ends in the middle of a number.');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (position < message.length) {
    const tag = readVarint();
    const wireType = tag & 7;
    const length = wireType === 2 ? readVarint() : wireType === 1 ? 8 : wireType === 5 ? 4 : 0;
    if (wireType === 0) readVarint();
    if (position + length > message.length) throw new RangeError('The body ends in the middle of a field.');
    if (wireType === 2 && tag >>> 3 === wanted) found.push(message.subarray(position, position + length));
    position += length;
  }
  return found;
}

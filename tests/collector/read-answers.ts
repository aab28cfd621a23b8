// Reads the response of each query API into one form, so that it can be compared with what was sent.

/** Converts all values to strings, as Zipkin has no other type. */
export interface ToldSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly serviceName: string;
  readonly name: string;
  readonly kind: string;
  readonly startUs: number;
  readonly durationUs: number;
  readonly attributes: Readonly<Record<string, string>>;
  readonly events: readonly string[];
  readonly error: string | undefined;
}

// The data comes from outside, and is compared as a whole: a missing field fails the comparison.
// biome-ignore lint/suspicious/noExplicitAny: data from outside
type Json = any;

/** By API, with the URL of a trace. */
export const apis: Readonly<Record<string, { path(traceId: string): string; read(answer: Json): ToldSpan[] }>> = {
  'the query API': { path: (traceId) => `/waymark/traces/${traceId}`, read: readOurs },
  'the OTLP export': { path: (traceId) => `/waymark/traces/${traceId}/otlp.json`, read: readOtlp },
  "Jaeger's API v1": { path: (traceId) => `/api/traces/${traceId}`, read: readJaeger },
  "Jaeger's API v3": { path: (traceId) => `/api/v3/traces/${traceId}`, read: ({ result }) => readOtlp(result) },
  "Zipkin's API v2": { path: (traceId) => `/api/v2/trace/${traceId}`, read: readZipkin },
};

/** Keeps only the attributes that a test has set: senders add many others. */
const setByTest = /^test\./;

function toText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function pick(entries: readonly (readonly [string, Json])[]): Record<string, string> {
  return Object.fromEntries(
    entries.filter(([key]) => setByTest.test(key)).map(([key, value]) => [key, toText(value)] as const),
  );
}

function times(startNano: string, endNano: string): Pick<ToldSpan, 'startUs' | 'durationUs'> {
  const [start, end] = [startNano, endNano].map((nano) => Math.round(Number(BigInt(nano)) / 1000));
  return { startUs: Number(start), durationUs: Number(end) - Number(start) };
}

function readOurs({ spans }: Json): ToldSpan[] {
  return spans.map((span: Json) => ({
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    serviceName: span.resource.serviceName,
    name: span.name,
    kind: span.kind,
    ...times(span.startTimeUnixNano, span.endTimeUnixNano),
    attributes: pick(Object.entries(span.attributes)),
    events: (span.events ?? []).map(({ name, attributes = {} }: Json) => eventText(name, attributes)),
    error: span.status?.code === 'error' ? (span.status.message ?? '') : undefined,
  }));
}

function eventText(name: string, attributes: Readonly<Record<string, Json>>): string {
  return `${name} ${JSON.stringify(attributes)}`;
}

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];

function readOtlp({ resourceSpans }: Json): ToldSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }: Json) =>
    scopeSpans.flatMap(({ spans }: Json) =>
      spans.map((span: Json) => ({
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId,
        serviceName: otlpAttributes(resource.attributes)['service.name'],
        name: span.name,
        kind: kinds[span.kind],
        ...times(span.startTimeUnixNano, span.endTimeUnixNano),
        attributes: pick(Object.entries(otlpAttributes(span.attributes))),
        events: (span.events ?? []).map(({ name, attributes = [] }: Json) =>
          eventText(name, otlpAttributes(attributes)),
        ),
        error: span.status?.code === 2 ? (span.status.message ?? '') : undefined,
      })),
    ),
  );
}

function otlpAttributes(list: readonly Json[]): Record<string, Json> {
  return Object.fromEntries(list.map(({ key, value }) => [key, otlpValue(value)]));
}

function otlpValue(value: Json): Json {
  if (value.arrayValue !== undefined) return value.arrayValue.values.map(otlpValue);
  return value.intValue === undefined ? Object.values(value)[0] : Number(value.intValue);
}

function readJaeger({ data: [{ spans, processes }] }: Json): ToldSpan[] {
  return spans.map((span: Json) => {
    const tags = jaegerTags(span.tags);
    return {
      traceId: span.traceID,
      spanId: span.spanID,
      parentSpanId: span.references.find(({ refType }: Json) => refType === 'CHILD_OF')?.spanID,
      serviceName: processes[span.processID].serviceName,
      name: span.operationName,
      kind: tags['span.kind'],
      startUs: span.startTime,
      durationUs: span.duration,
      attributes: pick(Object.entries(tags)),
      events: span.logs.map(({ fields }: Json) => {
        const { event, ...rest } = jaegerTags(fields);
        return eventText(event, rest);
      }),
      error: tags.error === true ? (tags['otel.status_description'] ?? '') : undefined,
    };
  });
}

function jaegerTags(tags: readonly Json[]): Record<string, Json> {
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}

function readZipkin(spans: readonly Json[]): ToldSpan[] {
  return spans.map((span) => ({
    traceId: span.traceId.padStart(32, '0'),
    spanId: span.id,
    parentSpanId: span.parentId,
    serviceName: span.localEndpoint.serviceName,
    name: span.name,
    kind: (span.kind ?? 'internal').toLowerCase(),
    startUs: span.timestamp,
    durationUs: span.duration,
    attributes: pick(Object.entries(span.tags ?? {})),
    events: (span.annotations ?? []).map(({ value }: Json) => annotationText(value)),
    error: span.tags?.error,
  }));
}

/** An event's attributes come after its name, as JSON. */
function annotationText(value: string): string {
  const [, name = value, json = '{}'] = /^([^|]+)\|(\{.*\})\|\d+$/s.exec(value) ?? [];
  return eventText(name, JSON.parse(json));
}

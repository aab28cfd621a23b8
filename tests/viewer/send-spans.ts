/** Sends spans as OTLP JSON, like an OpenTelemetry SDK, with times and ids that a test chooses. */

export interface SpanToSend {
  readonly service: string;
  readonly name: string;
  /** Number of the trace. Spans with the same number are one trace. */
  readonly trace: number;
  /** Number of the span, unique in its trace, and number of its parent. */
  readonly span: number;
  readonly parent?: number;
  /** Milliseconds before now, or a Unix time in milliseconds. */
  readonly startMs: number;
  readonly durationMs: number;
  /** Default `server` for a root, `internal` for others. */
  readonly kind?: 'internal' | 'server' | 'client';
  readonly attributes?: Readonly<Record<string, string | number>>;
  readonly error?: { readonly type: string; readonly message: string; readonly stack?: string };
}

const kinds = { internal: 1, server: 2, client: 3 };

export function traceIdOf(trace: number): string {
  return trace.toString(16).padStart(32, '0');
}

export function spanIdOf(span: number): string {
  return span.toString(16).padStart(16, '0');
}

export async function sendSpans(url: string, spans: readonly SpanToSend[]): Promise<void> {
  const services = [...new Set(spans.map(({ service }) => service))];
  const body = {
    resourceSpans: services.map((service) => ({
      resource: { attributes: toAttributes({ 'service.name': service }) },
      scopeSpans: [{ scope: { name: 'test' }, spans: spans.filter((span) => span.service === service).map(toOtlp) }],
    })),
  };
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/v1/traces`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
}

function toOtlp({ trace, span, parent, name, kind, startMs, durationMs, attributes = {}, error }: SpanToSend) {
  const endNano = toNano(startMs + durationMs);
  return {
    traceId: traceIdOf(trace),
    spanId: spanIdOf(span),
    ...(parent === undefined ? {} : { parentSpanId: spanIdOf(parent) }),
    name,
    kind: kinds[kind ?? (parent === undefined ? 'server' : 'internal')],
    startTimeUnixNano: toNano(startMs),
    endTimeUnixNano: endNano,
    attributes: toAttributes(attributes),
    ...(error === undefined
      ? {}
      : {
          status: { code: 2, message: error.message },
          events: [
            {
              name: 'exception',
              timeUnixNano: endNano,
              attributes: toAttributes({
                'exception.type': error.type,
                'exception.message': error.message,
                'exception.stacktrace': error.stack ?? '',
              }),
            },
          ],
        }),
  };
}

function toNano(unixMs: number): string {
  return String(BigInt(Math.round(unixMs * 1000)) * 1000n);
}

function toAttributes(attributes: Readonly<Record<string, string | number>>) {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  }));
}

// Generates traces of any size as OTLP JSON, the same each time.

export interface MadeSpan {
  readonly traceId?: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly service: string;
  readonly name: string;
  readonly kind?: 'internal' | 'server' | 'client';
  /** Milliseconds after the start of the trace. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly attributes?: Readonly<Record<string, string | number>>;
  readonly error?: { readonly type: string; readonly message: string };
}

const kinds = { internal: 1, server: 2, client: 3 };

/** The body of a POST to /v1/traces. */
function toOtlp(traceId: string, startUnixMs: number, spans: readonly MadeSpan[]): object {
  const services = [...new Set(spans.map(({ service }) => service))];
  return {
    resourceSpans: services.map((service) => ({
      resource: {
        attributes: toKeyValues({ 'service.name': service, 'service.version': '1.4.2', 'host.name': 'laptop' }),
      },
      scopeSpans: [
        {
          scope: { name: 'made-trace' },
          spans: spans.filter((span) => span.service === service).map((span) => toOtlpSpan(traceId, startUnixMs, span)),
        },
      ],
    })),
  };
}

/** Sends a trace, in several requests if it is large. */
export async function sendMadeTrace(url: string, traceId: string, spans: readonly MadeSpan[]): Promise<void> {
  const startUnixMs = Math.floor(startedMs);
  for (let from = 0; from < spans.length; from += spansPerRequest) {
    const body = JSON.stringify(toOtlp(traceId, startUnixMs, spans.slice(from, from + spansPerRequest)));
    const response = await fetch(`${url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  }
}

const spansPerRequest = 5000;

// One start for everything that a test sends: late spans belong to the same trace.
const startedMs = Date.now() - 60_000;

function toOtlpSpan(traceId: string, startUnixMs: number, span: MadeSpan): object {
  const { spanId, parentSpanId, name, kind = 'internal', startMs, durationMs, attributes = {}, error } = span;
  return {
    traceId: span.traceId ?? traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name,
    kind: kinds[kind],
    startTimeUnixNano: toNano(startUnixMs, startMs),
    endTimeUnixNano: toNano(startUnixMs, startMs + durationMs),
    attributes: toKeyValues(error === undefined ? attributes : { ...attributes, 'error.type': error.type }),
    ...(error === undefined
      ? {}
      : {
          status: { code: 2, message: error.message },
          events: [
            {
              name: 'exception',
              timeUnixNano: toNano(startUnixMs, startMs + durationMs),
              attributes: toKeyValues({
                'exception.type': error.type,
                'exception.message': error.message,
                'exception.stacktrace': `${error.type}: ${error.message}\n    at loadUser (/app/users.js:12:9)\n    at async /app/node_modules/express/lib/router.js:284:7`,
              }),
            },
          ],
        }),
  };
}

/** Converts milliseconds to a string of nanoseconds, which a double cannot hold. */
function toNano(startUnixMs: number, afterMs: number): string {
  return String(BigInt(startUnixMs) * 1_000_000n + BigInt(Math.round(afterMs * 1e6)));
}

function toKeyValues(attributes: Readonly<Record<string, string | number>>): object[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  }));
}

/** A batch import: chunks of jobs with queries, calls and some failures. */
export function makeLargeTrace(spanCount: number): MadeSpan[] {
  const random = createRandom(7);
  const spans: MadeSpan[] = [];
  const id = () => (spans.length + 1).toString(16).padStart(16, '0');
  const root = id();
  spans.push({ spanId: root, service: 'importer', name: 'POST /imports', kind: 'server', startMs: 0, durationMs: 0 });
  let nowMs = 2;
  while (spans.length < spanCount) {
    const chunkId = id();
    const chunkAt = spans.length;
    const chunkStartMs = nowMs;
    spans.push({
      spanId: chunkId,
      parentSpanId: root,
      service: 'importer',
      name: 'importChunk',
      startMs: nowMs,
      durationMs: 0,
      attributes: { 'chunk.number': chunkAt },
    });
    for (let job = 0; job < 40 && spans.length < spanCount; job++) nowMs = addJob(chunkId, nowMs);
    nowMs += random() * 2;
    spans[chunkAt] = { ...(spans[chunkAt] as MadeSpan), durationMs: nowMs - chunkStartMs };
    nowMs += random() * 3;
  }
  spans[0] = { ...(spans[0] as MadeSpan), durationMs: nowMs + 1 };
  return spans;

  function addJob(parentSpanId: string, fromMs: number): number {
    const jobId = id();
    const at = spans.length;
    spans.push({
      spanId: jobId,
      parentSpanId,
      service: 'worker',
      name: 'importRow',
      startMs: fromMs,
      durationMs: 0,
      attributes: { 'row.id': at },
    });
    let innerMs = fromMs + random();
    const [service, name] = calls[Math.floor(random() * calls.length)] as (typeof calls)[number];
    const callMs = 1 + random() * 8;
    const callId = id();
    spans.push({
      spanId: callId,
      parentSpanId: jobId,
      service: 'worker',
      name: 'GET',
      kind: 'client',
      startMs: innerMs,
      durationMs: callMs,
      attributes: {
        'http.request.method': 'GET',
        'http.response.status_code': 200,
        'url.full': `http://${service}:8080/rows/${at}`,
      },
    });
    const isFailing = random() < 0.002;
    spans.push({
      spanId: id(),
      parentSpanId: callId,
      service,
      name,
      kind: 'server',
      startMs: innerMs + 0.3,
      durationMs: callMs - 0.6,
      attributes: { 'http.route': name.slice(4), 'http.response.status_code': isFailing ? 500 : 200 },
      ...(isFailing ? { error: { type: 'TimeoutError', message: `row ${at} took too long` } } : {}),
    });
    innerMs += callMs + random();
    for (let query = Math.floor(random() * 8); query >= 0; query--) {
      const queryMs = 0.2 + random() * 2;
      spans.push({
        spanId: id(),
        parentSpanId: jobId,
        service: 'worker',
        name: 'INSERT rows',
        kind: 'client',
        startMs: innerMs,
        durationMs: queryMs,
        attributes: { 'db.system.name': 'postgresql', 'db.query.text': 'INSERT INTO rows (id, value) VALUES ($1, $2)' },
      });
      innerMs += queryMs + random() * 0.1;
    }
    spans[at] = { ...(spans[at] as MadeSpan), durationMs: innerMs - fromMs };
    return innerMs + random() * 0.4;
  }
}

const calls = [
  ['catalogue', 'GET /rows/:id'],
  ['prices', 'GET /prices/:id'],
  ['stock', 'GET /stock/:id'],
  ['users', 'GET /users/:id'],
  ['search', 'GET /search'],
] as const;

/** Each span is the child of the one before. */
export function makeDeepTrace(depth: number): MadeSpan[] {
  return Array.from({ length: depth }, (_, level) => ({
    spanId: (level + 1).toString(16).padStart(16, '0'),
    ...(level === 0 ? {} : { parentSpanId: level.toString(16).padStart(16, '0') }),
    service: level % 7 === 0 ? 'resolver' : 'planner',
    name: `resolve level ${level}`,
    startMs: level * 0.2,
    durationMs: depth * 2 - level * 0.7,
  }));
}

/** A trace with every kind of problem. */
export function makeBrokenTrace(): MadeSpan[] {
  const id = (number: number) => `b${number.toString(16).padStart(15, '0')}`;
  return [
    { spanId: id(1), service: 'gateway', name: 'GET /cart', kind: 'server', startMs: 0, durationMs: 120 },
    { spanId: id(2), parentSpanId: id(1), service: 'gateway', name: 'GET', kind: 'client', startMs: 4, durationMs: 60 },
    // This server's clock is five seconds fast.
    {
      spanId: id(3),
      parentSpanId: id(2),
      service: 'cart',
      name: 'GET /carts/:id',
      kind: 'server',
      startMs: 5010,
      durationMs: 48,
    },
    { spanId: id(4), parentSpanId: id(3), service: 'cart', name: 'loadCart', startMs: 5014, durationMs: 30 },
    // The parent of this span is never sent.
    { spanId: id(5), parentSpanId: id(0xdead), service: 'mailer', name: 'sendReceipt', startMs: 70, durationMs: 22 },
    { spanId: id(6), parentSpanId: id(0xdead), service: 'mailer', name: 'renderReceipt', startMs: 72, durationMs: 9 },
    // These spans are each other's parent.
    { spanId: id(7), parentSpanId: id(8), service: 'audit', name: 'record', startMs: 80, durationMs: 5 },
    { spanId: id(8), parentSpanId: id(7), service: 'audit', name: 'confirm', startMs: 81, durationMs: 3 },
    // These spans have the same id.
    { spanId: id(9), parentSpanId: id(1), service: 'gateway', name: 'render', startMs: 90, durationMs: 12 },
    { spanId: id(9), parentSpanId: id(1), service: 'gateway', name: 'render again', startMs: 104, durationMs: 10 },
    { spanId: id(10), service: 'cron', name: 'a second root', startMs: 30, durationMs: 15 },
    {
      spanId: id(11),
      parentSpanId: id(1),
      service: 'gateway',
      name: 'ends before it starts',
      startMs: 110,
      durationMs: -4,
    },
    { spanId: id(12), parentSpanId: id(9), service: 'gateway', name: 'flushLogs', startMs: 95, durationMs: 60 },
    ...Array.from({ length: 12 }, (_, index) => ({
      spanId: id(32 + index),
      parentSpanId: id(4),
      service: 'cart',
      name: 'SELECT items',
      kind: 'client' as const,
      startMs: 5015 + index * 2.2,
      durationMs: 2,
      attributes: { 'db.system.name': 'postgresql', 'db.query.text': `SELECT * FROM items WHERE id = ${index}` },
    })),
    {
      spanId: id(64),
      parentSpanId: id(1),
      service: 'gateway',
      name: 'chargeCard',
      startMs: 66,
      durationMs: 20,
      error: { type: 'CardDeclined', message: 'the bank said no' },
    },
  ];
}

function createRandom(seed: number): () => number {
  // Mulberry32.
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

// Traces of a shop of twelve services: about eleven spans each, eight attributes a span, 2 % of them failed. The same seed gives
// the same traces. As OTLP protobuf, written by hand, since a million spans are to be sent in reasonable time.

const services = [
  'gateway',
  'accounts',
  'catalogue',
  'basket',
  'orders',
  'payments',
  'shipping',
  'search',
  'reviews',
  'prices',
  'mail',
  'sessions',
];
const routes = ['/', '/items/:id', '/basket', '/orders', '/orders/:id', '/search', '/account', '/reviews/:id'];

export interface SeededTraces {
  /** The next request of so many spans; traces may go on in the next. */
  nextBody(spanCount: number): Buffer;
  /** Of the traces that have been begun: some that are there in full. */
  readonly sample: { readonly traceIds: string[]; readonly userIds: string[] };
}

export interface SeededOptions {
  readonly seed?: number;
  /** Unix milliseconds of the first trace. */
  readonly startMs: number;
  /** From one trace to the next. */
  readonly everyMs: number;
  /** All in one trace, below one span: a job, and what it does for each of many items. Default false. */
  readonly oneTrace?: boolean;
  /** Each span has a name that no other has, as where ids stand in names. Default false. */
  readonly hasUniqueNames?: boolean;
}

interface SeededSpan {
  readonly service: number;
  readonly bytes: Buffer;
}

export function createSeededTraces({
  seed = 1,
  startMs,
  everyMs,
  oneTrace = false,
  hasUniqueNames = false,
}: SeededOptions): SeededTraces {
  const random = createRandom(seed);
  const sample = { traceIds: [] as string[], userIds: [] as string[] };
  let waiting: SeededSpan[] = [];
  let traceCount = 0;
  let nameCount = 0;

  function id(bytes: number): Buffer {
    const made = Buffer.alloc(bytes);
    for (let at = 0; at < bytes; at++) made[at] = random() * 256;
    made[0] = (made[0] ?? 0) | 1;
    return made;
  }

  const job = oneTrace ? { traceId: id(16), spanId: id(8) } : undefined;

  function addTrace(): void {
    const traceId = job?.traceId ?? id(16);
    const beginMs = startMs + traceCount * everyMs;
    const userId = `u${Math.floor(random() * 8800)}`;
    const route = routes[Math.floor(random() * routes.length)] as string;
    if (traceCount++ % 100 === 50 && sample.traceIds.length < 1000) {
      sample.traceIds.push(traceId.toString('hex'));
      sample.userIds.push(userId);
    }
    const addSpan = (parent: Buffer | undefined, service: number, depth: number, atMs: number, lengthMs: number) => {
      const spanId = id(8);
      const isServer = depth % 2 === 0;
      const hasFailed = random() < 0.02;
      const operation = isServer ? `GET ${route}` : random() < 0.5 ? 'SELECT' : 'GET';
      const name = hasUniqueNames ? `${operation} ${nameCount++}` : operation;
      const attributes: [string, string | number][] = isServer
        ? [
            ['http.request.method', 'GET'],
            ['http.route', route],
            ['url.path', route.replace(':id', String(Math.floor(random() * 100_000)))],
            ['url.scheme', 'http'],
            ['http.response.status_code', hasFailed ? 500 : 200],
            ['user.id', userId],
            ['network.protocol.version', '1.1'],
            ['client.address', `10.0.${Math.floor(random() * 256)}.${Math.floor(random() * 256)}`],
          ]
        : [
            ['db.system.name', 'postgresql'],
            ['db.namespace', services[service] as string],
            ['db.query.text', `SELECT * FROM ${services[service]} WHERE id = $1 AND tenant = $2 ORDER BY created_at`],
            ['db.operation.name', 'SELECT'],
            ['server.address', `db-${service}.internal`],
            ['server.port', 5432],
            ['app.rows', Math.floor(random() * 500)],
            ['app.request.key', `k-${Math.floor(random() * 1e9).toString(36)}`],
          ];
      waiting.push({
        service,
        bytes: spanMessage({ traceId, spanId, parent, name, isServer, atMs, lengthMs, attributes, hasFailed }),
      });
      const children = depth === 0 ? 4 : depth < 3 && random() < 0.72 ? 1 + (random() < 0.4 ? 1 : 0) : 0;
      for (let child = 0; child < children; child++) {
        const next = depth % 2 === 0 ? service : Math.floor(random() * services.length);
        addSpan(spanId, next, depth + 1, atMs + (lengthMs * child) / (children + 1), (lengthMs / (children + 1)) * 0.9);
      }
    };
    addSpan(job?.spanId, 0, 0, beginMs, 5 + 20 * Math.exp(2 * random() * random()));
  }

  return {
    sample,
    nextBody(spanCount) {
      while (waiting.length < spanCount) addTrace();
      const spans = waiting.slice(0, spanCount);
      waiting = waiting.slice(spanCount);
      const byService = new Map<number, Buffer[]>();
      for (const { service, bytes } of spans) {
        const own = byService.get(service) ?? [];
        byService.set(service, own);
        own.push(bytes);
      }
      return Buffer.concat(
        [...byService].map(([service, own]) =>
          field(1, Buffer.concat([field(1, resourceMessage(service)), field(2, Buffer.concat([scope, ...own]))])),
        ),
      );
    },
  };
}

const scope = field(
  1,
  Buffer.concat([field(1, Buffer.from('@example/instrumentation')), field(2, Buffer.from('1.0.0'))]),
);

function resourceMessage(service: number): Buffer {
  const attributes: [string, string | number][] = [
    ['service.name', services[service] as string],
    ['service.version', '1.2.3'],
    ['deployment.environment.name', 'development'],
    ['telemetry.sdk.language', 'nodejs'],
    ['process.pid', 1000 + service],
  ];
  return Buffer.concat(attributes.map(([key, value]) => field(1, keyValue(key, value))));
}

function spanMessage(span: {
  traceId: Buffer;
  spanId: Buffer;
  parent: Buffer | undefined;
  name: string;
  isServer: boolean;
  atMs: number;
  lengthMs: number;
  attributes: readonly [string, string | number][];
  hasFailed: boolean;
}): Buffer {
  const message = [
    field(1, span.traceId),
    field(2, span.spanId),
    ...(span.parent === undefined ? [] : [field(4, span.parent)]),
    field(5, Buffer.from(span.name)),
    Buffer.from([(6 << 3) | 0, span.isServer ? 2 : 3]),
    fixed64(7, span.atMs),
    fixed64(8, span.atMs + span.lengthMs),
    ...span.attributes.map(([key, value]) => field(9, keyValue(key, value))),
  ];
  if (span.hasFailed) {
    const exception: [string, string][] = [
      ['exception.type', 'TimeoutError'],
      ['exception.message', 'no answer within 500 ms'],
      [
        'exception.stacktrace',
        'TimeoutError: no answer\n    at ask (/app/src/ask.js:12:7)\n    at node:internal/x:1:1',
      ],
    ];
    const event = [
      fixed64(1, span.atMs),
      field(2, Buffer.from('exception')),
      ...exception.map(([key, value]) => field(3, keyValue(key, value))),
    ];
    message.push(field(11, Buffer.concat(event)), field(15, Buffer.from([(3 << 3) | 0, 2])));
  }
  return field(2, Buffer.concat(message));
}

function keyValue(key: string, value: string | number): Buffer {
  const any = typeof value === 'string' ? field(1, Buffer.from(value)) : Buffer.from([(3 << 3) | 0, ...varint(value)]);
  return Buffer.concat([field(1, Buffer.from(key)), field(2, any)]);
}

/** Length-delimited. */
function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(content.length)]), content]);
}

function fixed64(number: number, ms: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = (number << 3) | 1;
  bytes.writeBigUInt64LE(BigInt(Math.floor(ms)) * 1_000_000n + BigInt(Math.floor((ms % 1) * 1e6)), 1);
  return bytes;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  while (left > 127) {
    bytes.push((left % 128) | 128);
    left = Math.floor(left / 128);
  }
  return [...bytes, left];
}

/** mulberry32 */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

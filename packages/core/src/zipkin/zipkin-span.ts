/**
 * Zipkin's span, version 2, and a reader of requests for the receiver of `testing/`. The exporter does not use it. The reader refuses
 * what Zipkin's server refuses, and changes nothing. The collector has another decoder (packages/waymark/src/ingest): it converts
 * spans to the collector's model, and tolerates mistakes of other senders.
 *
 * @see https://zipkin.io/zipkin-api/#/default/post_spans
 */

export interface ZipkinSpan {
  /** 32 lower-case hex digits, or 16 from senders with short ids. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly id: string;
  /** Absent for a root. */
  readonly parentId?: string;
  /** Absent for a span that OpenTelemetry calls internal. */
  readonly kind?: 'CLIENT' | 'SERVER' | 'PRODUCER' | 'CONSUMER';
  /** Absent for a span without a name. */
  readonly name?: string;
  /** Unix microseconds, a whole number. */
  readonly timestamp?: number;
  /** Microseconds, a whole number of at least 1. */
  readonly duration?: number;
  /** Whether the trace must be kept, whatever a sampler says. */
  readonly debug?: boolean;
  /** Whether the client has a span of the same id. */
  readonly shared?: boolean;
  /** The service that made the span. */
  readonly localEndpoint?: ZipkinEndpoint;
  /** The other side of a call. */
  readonly remoteEndpoint?: ZipkinEndpoint;
  /** Events: a time in Unix microseconds, and what happened. */
  readonly annotations?: readonly { readonly timestamp: number; readonly value: string }[];
  /** Attributes, as strings. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** A service and where it can be reached. */
export interface ZipkinEndpoint {
  /** In lower case. */
  readonly serviceName?: string;
  /** Such as `127.0.0.1`. */
  readonly ipv4?: string;
  /** Such as `::1`. */
  readonly ipv6?: string;
  /** 1 to 65,535. */
  readonly port?: number;
}

/**
 * Reads the body of `POST /api/v2/spans`, as strictly as Zipkin's server does.
 *
 * @throws {TypeError} If the body is not a list of spans. The message names the wrong field and what it must be.
 */
export function readZipkinSpans(body: Buffer): ZipkinSpan[] {
  const spans: unknown = JSON.parse(body.toString());
  listOf(span)(spans, 'spans');
  return spans as ZipkinSpan[]; // each field was just checked
}

/** Throws if the value is wrong. */
type Check = (value: unknown, place: string) => void;

function must(expected: string, isRight: (value: unknown) => boolean): Check {
  return (value, place) => {
    if (!isRight(value)) throw new TypeError(`${place} must be ${expected}, got ${JSON.stringify(value)}`);
  };
}

const text = must('a string', (value) => typeof value === 'string');
const boolean = must('true or false', (value) => typeof value === 'boolean');
const list = must('a list', Array.isArray);
const object = must('an object', (value) => typeof value === 'object' && value !== null && !Array.isArray(value));

function wholeNumber(least: number, most: number): Check {
  return must(
    `a whole number from ${least} to ${most}`,
    (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
  );
}

function hexDigits(counts: readonly number[]): Check {
  return must(
    `${counts.join(' or ')} lower-case hex digits, not all 0`,
    (value) =>
      typeof value === 'string' && counts.includes(value.length) && /^[0-9a-f]+$/.test(value) && !/^0+$/.test(value),
  );
}

function listOf(item: Check): Check {
  return (value, place) => {
    list(value, place);
    for (const [index, entry] of (value as unknown[]).entries()) item(entry, `${place}[${index}]`); // a list: just checked
  };
}

function fields(known: Readonly<Record<string, Check>>, required: readonly string[] = []): Check {
  return (value, place) => {
    object(value, place);
    for (const [name, rule] of Object.entries(known)) {
      const given = (value as Record<string, unknown>)[name]; // an object: just checked
      if (given !== undefined || required.includes(name)) rule(given, `${place}.${name}`);
    }
  };
}

function tags(value: unknown, place: string): void {
  object(value, place);
  for (const [key, tag] of Object.entries(value as object)) text(tag, `${place}[${JSON.stringify(key)}]`);
}

const microseconds = wholeNumber(1, Number.MAX_SAFE_INTEGER);
const endpoint = fields({ serviceName: text, ipv4: text, ipv6: text, port: wholeNumber(1, 65_535) });
const span = fields(
  {
    traceId: hexDigits([16, 32]),
    id: hexDigits([16]),
    parentId: hexDigits([16]),
    kind: must('CLIENT, SERVER, PRODUCER or CONSUMER', (value) =>
      ['CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER'].includes(value as string),
    ),
    name: text,
    timestamp: microseconds,
    duration: microseconds,
    debug: boolean,
    shared: boolean,
    localEndpoint: endpoint,
    remoteEndpoint: endpoint,
    annotations: listOf(fields({ timestamp: microseconds, value: text }, ['timestamp', 'value'])),
    tags,
  },
  ['traceId', 'id'],
);

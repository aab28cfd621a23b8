/**
 * Settings: from code first, then from the environment, then the specification's default. This file alone reads the
 * environment, through one table. A wrong value in code throws; a wrong variable is told once and ignored.
 */
import { readFileSync } from 'node:fs';
import type { AttributeLimits, Attributes } from './attributes.ts';
import type { Clock } from './clock.ts';
import type { Diagnostics, DiagnosticsOptions, LogLevel } from './diagnostics.ts';
import { describeValue, invalidOption, WaymarkError } from './errors.ts';
import type { SpanExporter } from './exporter.ts';
import type { Propagator } from './propagation/propagator.ts';
import { baggagePropagator, tracecontextPropagator } from './propagation/w3c.ts';
import {
  alwaysOffSampler,
  alwaysOnSampler,
  parentBasedSampler,
  type Sampler,
  type SamplerFunction,
  traceIdRatioSampler,
} from './sampler.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a tracer can be made from. Everything is optional; what is left out comes from `OTEL_*`, then from the defaults. */
export interface TracerOptions {
  /** Name under which the service's spans appear. `OTEL_SERVICE_NAME`; default `unknown_service:node`. */
  serviceName?: string;
  /** Attributes of the whole process, such as `{ 'deployment.environment.name': 'staging' }`. `OTEL_RESOURCE_ATTRIBUTES`. */
  resource?: Attributes;
  /** Where ended spans go: one exporter, several, or `[]` for nowhere. `OTEL_TRACES_EXPORTER`; default OTLP to localhost:4318. */
  exporter?: SpanExporter | readonly SpanExporter[];
  /** `OTEL_TRACES_SAMPLER`; default: all traces that start here, and what the caller decided for the others. */
  sampler?: Sampler | SamplerFunction;
  /** Header formats, read in this order, all of them written. `OTEL_PROPAGATORS`; default `['tracecontext', 'baggage']`. */
  propagators?: readonly (PropagatorName | Propagator)[];
  limits?: LimitOptions;
  /** `true`: no span is made or sent; contexts still travel on. `OTEL_SDK_DISABLED`; default `false`. */
  disabled?: boolean;
  /** `none` to be silent. `OTEL_LOG_LEVEL`; default `info`. */
  logLevel?: LogLevel;
  /** Where Waymark's own messages go, a line each. Default: standard error. */
  log?: (line: string) => void;
  /** Whether what is still queued is sent on `beforeExit`, SIGTERM and SIGINT. Default `true`. */
  flushOnExit?: boolean;
  /** Time for tests. Default: the system's clocks. */
  clock?: Clock;
  /** Ids for tests: 32 and 16 lower-case hex digits. Default: random. */
  idGenerator?: IdGenerator;
  /** Default: `process.env`. */
  env?: Environment;
}

/** Default 128 of each and no length limit, as in the specification; `Infinity` for no limit. */
export interface LimitOptions {
  /** `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`, `OTEL_ATTRIBUTE_COUNT_LIMIT`. */
  attributeCount?: number;
  /** In UTF-16 units. `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT`, `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`. */
  attributeValueLength?: number;
  /** `OTEL_SPAN_EVENT_COUNT_LIMIT`. */
  eventCount?: number;
  /** `OTEL_SPAN_LINK_COUNT_LIMIT`. */
  linkCount?: number;
  /** `OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`. */
  attributeCountPerEvent?: number;
  /** `OTEL_LINK_ATTRIBUTE_COUNT_LIMIT`. */
  attributeCountPerLink?: number;
}

export interface IdGenerator {
  traceId(): string;
  spanId(): string;
}

/** The settings in force. */
export interface TracerSettings {
  readonly disabled: boolean;
  readonly serviceName: string | undefined;
  readonly resourceAttributes: Attributes;
  readonly exporters: readonly (SpanExporter | ExporterName)[];
  readonly sampler: Sampler | SamplerFunction;
  readonly propagators: readonly Propagator[];
  readonly spanLimits: AttributeLimits;
  readonly eventCountLimit: number;
  readonly eventAttributes: AttributeLimits;
  readonly linkCountLimit: number;
  readonly linkAttributes: AttributeLimits;
  readonly flushOnExit: boolean;
  /** Where each of the settings came from, for {@link describeSettings}. */
  readonly origins: readonly SettingOrigin[];
}

export interface SettingOrigin {
  readonly name: string;
  readonly value: unknown;
  /** `code`, `default`, or the name of the variable. */
  readonly from: string;
}

export type PropagatorName = 'tracecontext' | 'baggage';
export type ExporterName = 'otlp' | 'console';

const propagatorsByName: Readonly<Record<PropagatorName, Propagator>> = {
  tracecontext: tracecontextPropagator,
  baggage: baggagePropagator,
};

/** A value that cannot be read. The text says what was expected. */
class Unreadable {
  readonly expected: string;

  constructor(expected: string) {
    this.expected = expected;
  }
}

interface Rule<Value> {
  /** The first that is set wins. */
  readonly variables: readonly string[];
  /** Reads a variable's text, which is not empty. */
  readonly read: (text: string, variable: string) => Value | Unreadable;
  /** Checks a value from code. */
  readonly check: (value: unknown) => Value | Unreadable;
  readonly fallback: Value;
  /** What to do about a wrong value in code. */
  readonly remedy: string;
}

function rule<Value>(
  variables: string | readonly string[],
  reader: { read: Rule<Value>['read']; check: Rule<Value>['check'] },
  fallback: Value,
  remedy: string,
): Rule<Value> {
  return { variables: typeof variables === 'string' ? [variables] : variables, ...reader, fallback, remedy };
}

const noVariable: readonly string[] = [];

// Specification, "Boolean value": true only for a case-insensitive "true"; anything else but "false" deserves a warning.
const boolean = {
  read(text: string): boolean | Unreadable {
    const lower = text.toLowerCase();
    if (lower === 'true') return true;
    return lower === 'false' ? false : new Unreadable('true or false');
  },
  check: (value: unknown): boolean | Unreadable =>
    typeof value === 'boolean' ? value : new Unreadable('true or false'),
};

const text = {
  read: (value: string): string => value,
  check: (value: unknown): string | Unreadable =>
    typeof value === 'string' && value.trim() !== '' ? value : new Unreadable('a text that is not empty'),
};

function integer(least: number, most: number = Number.POSITIVE_INFINITY) {
  const expected = `a whole number of at least ${least}${most === Number.POSITIVE_INFINITY ? '' : ` and at most ${most}`}`;
  const check = (value: unknown): number | Unreadable =>
    (Number.isInteger(value) || value === Number.POSITIVE_INFINITY) &&
    (value as number) >= least &&
    (value as number) <= most
      ? (value as number) // an integer: just checked
      : new Unreadable(expected);
  return {
    check,
    read: (value: string) => (/^\d+$/.test(value.trim()) ? check(Number(value)) : new Unreadable(expected)),
  };
}

function choice<Name extends string>(names: readonly Name[]) {
  const unreadable = new Unreadable(`one of ${names.join(', ')}`);
  const find = (value: unknown): Name | Unreadable => {
    return names.find((name) => typeof value === 'string' && name === value.toLowerCase()) ?? unreadable;
  };
  return { check: find, read: find };
}

const keyValues = {
  // Specification, "Environment variables": the W3C Baggage syntax without metadata, values percent-decoded; a list with
  // anything wrong in it is ignored whole.
  read(value: string): Readonly<Record<string, string>> | Unreadable {
    const pairs: Record<string, string> = {};
    for (const member of value.split(',')) {
      if (member.trim() === '') continue;
      const equals = member.indexOf('=');
      const key = member.slice(0, Math.max(equals, 0)).trim();
      if (key === '') return new Unreadable('a list like key1=value1,key2=value2');
      try {
        pairs[decodeURIComponent(key)] = decodeURIComponent(member.slice(equals + 1).trim());
      } catch {
        return new Unreadable('a list like key1=value1,key2=value2 with valid percent-encoding');
      }
    }
    return pairs;
  },
  check(value: unknown): Readonly<Record<string, string>> | Unreadable {
    const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (isRecord && Object.values(value).every((entry) => typeof entry === 'string'))
      return value as Record<string, string>; // checked
    return new Unreadable('an object of texts');
  },
};

const attributes = {
  read: keyValues.read as (value: string) => Attributes | Unreadable, // texts are attribute values
  check: (value: unknown): Attributes | Unreadable =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Attributes) // values that are no attributes are left out where the resource is made
      : new Unreadable('an object of attributes'),
};

const httpUrl = {
  read: (value: string): string | Unreadable => checkHttpUrl(value),
  check: (value: unknown): string | Unreadable =>
    typeof value === 'string' || value instanceof URL
      ? checkHttpUrl(String(value))
      : new Unreadable('an http or https URL'),
};

function checkHttpUrl(value: string): string | Unreadable {
  const url = URL.parse ? URL.parse(value) : tryUrl(value);
  return url && (url.protocol === 'http:' || url.protocol === 'https:')
    ? value.trim()
    : new Unreadable('an http or https URL, such as http://localhost:4318');
}

/** `URL.parse` came with Node 22.1. */
function tryUrl(value: string): URL | null {
  try {
    return new URL(value);
  } catch {
    return null;
  }
}

/** The contents of a PEM file: by path in the environment, as text or bytes in code. */
const pem = {
  read(path: string): string | Buffer | Unreadable {
    try {
      return readFileSync(path);
    } catch (error) {
      return new Unreadable(`the path of a readable PEM file (${(error as Error).message})`); // fs throws errors
    }
  },
  check: (value: unknown): string | Buffer | Unreadable =>
    typeof value === 'string' || Buffer.isBuffer(value) ? value : new Unreadable('PEM as a string or Buffer'),
};

function optional<Value>(reader: { read: Rule<Value>['read']; check: Rule<Value>['check'] }) {
  return reader as { read: Rule<Value | undefined>['read']; check: Rule<Value | undefined>['check'] }; // only wider
}

const countLimit = integer(0);
const leaveOut = (what: unknown): string => `Leave it out to use ${describeValue(what)}.`;

const logLevels = ['none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'] as const;
const samplerNames = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

const exporterList = {
  read(value: string): readonly (SpanExporter | ExporterName)[] | Unreadable {
    const names = splitNames(value);
    if (names.length === 1 && names[0] === 'none') return [];
    return names.every((name): name is ExporterName => name === 'otlp' || name === 'console')
      ? names
      : new Unreadable('otlp, console, several of them, or none');
  },
  check(value: unknown): readonly (SpanExporter | ExporterName)[] | Unreadable {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    return list.every(isExporter)
      ? list
      : new Unreadable('an exporter, such as otlpExporter() from @waymark/core/otlp, or an array of them');
  },
};

function isExporter(value: unknown): value is SpanExporter {
  if (typeof value !== 'object' || value === null) return false;
  const { export: exportSpan, stats, name } = value as Partial<SpanExporter>; // each part is checked
  return typeof exportSpan === 'function' && typeof stats === 'function' && typeof name === 'string';
}

const propagatorList = {
  read(value: string): readonly Propagator[] | Unreadable {
    const names = splitNames(value);
    return names.length === 1 && names[0] === 'none' ? [] : propagatorList.check(names);
  },
  check(value: unknown): readonly Propagator[] | Unreadable {
    const unreadable = new Unreadable(
      `a list of ${Object.keys(propagatorsByName).join(', ')}, or propagators of your own`,
    );
    if (!Array.isArray(value)) return unreadable;
    const propagators = new Set<Propagator>(); // specification: a name given twice counts once
    for (const item of value) {
      if (typeof item === 'string' && Object.hasOwn(propagatorsByName, item)) {
        propagators.add(propagatorsByName[item as PropagatorName]); // an own key: just checked
      } else if (typeof item?.extract === 'function' && typeof item.inject === 'function') propagators.add(item);
      else return unreadable;
    }
    return [...propagators];
  },
};

function splitNames(value: string): string[] {
  return value
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
}

const samplerOption = {
  read: (): Unreadable => new Unreadable('nothing: it has no variable of this form'),
  check(value: unknown): Sampler | SamplerFunction | Unreadable {
    if (typeof value === 'function') return value as SamplerFunction; // what it answers is checked each time
    const isSampler = typeof value === 'object' && value !== null && typeof (value as Sampler).decide === 'function';
    return isSampler
      ? (value as Sampler)
      : new Unreadable('a sampler, such as traceIdRatioSampler(0.1), or a function that answers true or false');
  },
};

const functionOption = {
  read: (): Unreadable => new Unreadable('nothing: it has no variable'),
  check: (value: unknown): ((line: string) => void) | Unreadable =>
    typeof value === 'function' ? (value as (line: string) => void) : new Unreadable('a function'),
};

/** All options of a tracer: variables, form, default. docs/settings.md is made of the same names; a test compares. */
const tracerRules = {
  disabled: rule('OTEL_SDK_DISABLED', boolean, false, leaveOut(false)),
  serviceName: rule('OTEL_SERVICE_NAME', optional(text), undefined, "Name the service, such as 'orders'."),
  resource: rule('OTEL_RESOURCE_ATTRIBUTES', attributes, {}, "Use { 'deployment.environment.name': 'staging' }."),
  exporter: rule(
    'OTEL_TRACES_EXPORTER',
    exporterList,
    ['otlp'],
    'Leave it out to send OTLP to localhost:4318, or use [] to send nothing.',
  ),
  sampler: rule<Sampler | SamplerFunction | undefined>(
    noVariable,
    samplerOption,
    undefined,
    'Leave it out to record every trace.',
  ),
  propagators: rule(
    'OTEL_PROPAGATORS',
    propagatorList,
    [tracecontextPropagator, baggagePropagator],
    "Leave it out to use ['tracecontext', 'baggage'].",
  ),
  'limits.attributeCount': rule(
    ['OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'],
    countLimit,
    128,
    leaveOut(128),
  ),
  'limits.attributeValueLength': rule(
    ['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT'],
    countLimit,
    Number.POSITIVE_INFINITY,
    'Leave it out for no limit.',
  ),
  'limits.eventCount': rule('OTEL_SPAN_EVENT_COUNT_LIMIT', countLimit, 128, leaveOut(128)),
  'limits.linkCount': rule('OTEL_SPAN_LINK_COUNT_LIMIT', countLimit, 128, leaveOut(128)),
  'limits.attributeCountPerEvent': rule('OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT', countLimit, 128, leaveOut(128)),
  'limits.attributeCountPerLink': rule('OTEL_LINK_ATTRIBUTE_COUNT_LIMIT', countLimit, 128, leaveOut(128)),
  logLevel: rule<LogLevel>('OTEL_LOG_LEVEL', choice(logLevels), 'info', leaveOut('info')),
  log: rule<((line: string) => void) | undefined>(
    noVariable,
    functionOption,
    undefined,
    'Leave it out to write to standard error.',
  ),
  flushOnExit: rule(noVariable, boolean, true, leaveOut(true)),
  clock: rule<Clock | undefined>(
    noVariable,
    objectWith<Clock>('wallMs', 'monotonicMs'),
    undefined,
    'Leave it out to use the system clock.',
  ),
  idGenerator: rule<IdGenerator | undefined>(
    noVariable,
    objectWith<IdGenerator>('traceId', 'spanId'),
    undefined,
    'Leave it out for random ids.',
  ),
};

const samplerNameRule = rule<(typeof samplerNames)[number]>(
  'OTEL_TRACES_SAMPLER',
  choice(samplerNames),
  'parentbased_always_on',
  '',
);

const ratio = {
  read(value: string): number | Unreadable {
    const number = Number(value);
    return number >= 0 && number <= 1 ? number : new Unreadable('a number from 0 to 1');
  },
  check: (): Unreadable => new Unreadable('nothing: use traceIdRatioSampler()'),
};
const samplerRatioRule = rule<number>('OTEL_TRACES_SAMPLER_ARG', ratio, 1, '');

function objectWith<Value>(...methods: string[]) {
  return {
    read: (): Unreadable => new Unreadable('nothing: it has no variable'),
    check(value: unknown): Value | Unreadable {
      const isSuch =
        typeof value === 'object' &&
        value !== null &&
        methods.every((method) => typeof (value as Record<string, unknown>)[method] === 'function');
      return isSuch ? (value as Value) : new Unreadable(`an object with the methods ${methods.join(' and ')}`);
    },
  };
}

/** Names of all tracer options, for adapters that take them beside options of their own. */
export const tracerOptionNames: readonly string[] = [
  ...new Set([...Object.keys(tracerRules).map((path) => path.split('.')[0] as string), 'env']), // split gives one part at least
];

/**
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` or `WAYMARK_UNKNOWN_OPTION`, with the value and the remedy.
 */
export function resolveTracerSettings(
  options: TracerOptions,
  makeDiagnostics: (options: DiagnosticsOptions) => Diagnostics,
): {
  settings: TracerSettings;
  diagnostics: Diagnostics;
  clock: Clock | undefined;
  idGenerator: IdGenerator | undefined;
} {
  refuseUnknown(options, tracerRules, '');
  if (options.limits) refuseUnknown(options.limits, tracerRules, 'limits.');
  const resolver = createResolver(options, options.env ?? process.env);
  const pick = <Name extends keyof typeof tracerRules>(name: Name) =>
    resolver.pick(name, tracerRules[name] as Rule<(typeof tracerRules)[Name]['fallback']>); // the table's own type

  const diagnostics = makeDiagnostics({ level: pick('logLevel'), ...definedOnly({ write: pick('log') }) });
  const resource = pick('resource');
  const attributeValueLength = pick('limits.attributeValueLength');
  const settings: TracerSettings = {
    disabled: pick('disabled'),
    serviceName: pick('serviceName'),
    resourceAttributes: resource,
    exporters: pick('exporter'),
    sampler: pick('sampler') ?? samplerFromEnvironment(resolver),
    propagators: pick('propagators'),
    spanLimits: { countLimit: pick('limits.attributeCount'), valueLengthLimit: attributeValueLength },
    eventCountLimit: pick('limits.eventCount'),
    eventAttributes: { countLimit: pick('limits.attributeCountPerEvent'), valueLengthLimit: attributeValueLength },
    linkCountLimit: pick('limits.linkCount'),
    linkAttributes: { countLimit: pick('limits.attributeCountPerLink'), valueLengthLimit: attributeValueLength },
    flushOnExit: pick('flushOnExit'),
    origins: resolver.origins,
  };
  const clock = pick('clock');
  const idGenerator = pick('idGenerator');
  if (resolver.isSet('OTEL_CONFIG_FILE')) resolver.warn('OTEL_CONFIG_FILE is not supported; the file was not read');
  for (const warning of resolver.warnings) diagnostics.note('warn', warning);
  return { settings, diagnostics, clock, idGenerator };
}

function samplerFromEnvironment(resolver: Resolver): Sampler {
  const name = resolver.pick('sampler (name)', samplerNameRule);
  const base = name.endsWith('always_on')
    ? alwaysOnSampler()
    : name.endsWith('always_off')
      ? alwaysOffSampler()
      : traceIdRatioSampler(resolver.pick('sampler (ratio)', samplerRatioRule));
  return name.startsWith('parentbased_') ? parentBasedSampler({ root: base }) : base;
}

/** Batching, of every exporter that sends over the network. */
export interface BatchOptions {
  /** Longest time that a span waits before it is sent, in milliseconds. `OTEL_BSP_SCHEDULE_DELAY`; default 5,000. */
  scheduleDelayMs?: number;
  /** Longest time for one batch, in milliseconds; 0 for no limit. `OTEL_BSP_EXPORT_TIMEOUT`; default 30,000. */
  exportTimeoutMs?: number;
  /** Most spans that wait, beyond which new ones are dropped and counted. `OTEL_BSP_MAX_QUEUE_SIZE`; default: bounded by `maxQueueBytes` alone. */
  maxQueueSize?: number;
  /** Most bytes that wait. Default 64 MiB. */
  maxQueueBytes?: number;
  /** Most spans in one request. `OTEL_BSP_MAX_EXPORT_BATCH_SIZE`; default 512. */
  maxExportBatchSize?: number;
}

export type OtlpProtocol = 'http/protobuf' | 'http/json';

/** What is left out comes from `OTEL_EXPORTER_OTLP_TRACES_*`, then `OTEL_EXPORTER_OTLP_*`, then the specification's default. */
export interface OtlpExporterOptions {
  /** Full address of the receiver, used as it is. Default `http://localhost:4318/v1/traces`. */
  url?: string | URL;
  /** Sent with each request, such as `{ authorization: 'Bearer …' }`. */
  headers?: Readonly<Record<string, string>>;
  /** Default `http/protobuf`. */
  protocol?: OtlpProtocol;
  /** Default `none`. */
  compression?: 'none' | 'gzip';
  /** For one batch with all its retries, in milliseconds. Default 10,000. */
  timeoutMs?: number;
  /** PEM of the authority that signed the receiver's certificate. */
  certificate?: string | Buffer;
  /** PEM of the client's private key. */
  clientKey?: string | Buffer;
  /** PEM of the client's certificate. */
  clientCertificate?: string | Buffer;
  batch?: BatchOptions;
  /** Default: `process.env`. */
  env?: Environment;
}

export interface BatchSettings {
  readonly scheduleDelayMs: number;
  readonly exportTimeoutMs: number;
  readonly maxQueueSize: number;
  readonly maxQueueBytes: number;
  readonly maxExportBatchSize: number;
}

export interface OtlpSettings {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly protocol: OtlpProtocol;
  readonly compression: 'none' | 'gzip';
  readonly timeoutMs: number;
  readonly certificate: string | Buffer | undefined;
  readonly clientKey: string | Buffer | undefined;
  readonly clientCertificate: string | Buffer | undefined;
  readonly batch: BatchSettings;
  readonly origins: readonly SettingOrigin[];
  /** Variables that were ignored, for the exporter to tell when it has somebody to tell. */
  readonly warnings: readonly string[];
}

function otlpVariables(suffix: string): readonly string[] {
  return [`OTEL_EXPORTER_OTLP_TRACES_${suffix}`, `OTEL_EXPORTER_OTLP_${suffix}`];
}

const protocolChoice = {
  ...choice(['http/protobuf', 'http/json'] as const),
  read(value: string): OtlpProtocol | Unreadable {
    if (value.toLowerCase() === 'grpc') return new Unreadable('http/protobuf or http/json (gRPC is not supported)');
    return choice(['http/protobuf', 'http/json'] as const).read(value);
  },
};

// OTLP exporter specification, "Endpoint URLs for OTLP/HTTP": the traces' own variable is used as it is, the general one
// is a base to which the path is added.
const endpoint = {
  check: httpUrl.check,
  read(value: string, variable: string): string | Unreadable {
    const url = httpUrl.read(value);
    if (url instanceof Unreadable || variable.includes('TRACES')) return url;
    return `${url.endsWith('/') ? url : `${url}/`}v1/traces`;
  },
};

const batchRules = {
  'batch.scheduleDelayMs': rule('OTEL_BSP_SCHEDULE_DELAY', integer(0, 2 ** 31 - 1), 5000, leaveOut(5000)),
  'batch.exportTimeoutMs': rule('OTEL_BSP_EXPORT_TIMEOUT', integer(0, 2 ** 31 - 1), 30_000, leaveOut(30_000)),
  'batch.maxQueueSize': rule(
    'OTEL_BSP_MAX_QUEUE_SIZE',
    integer(1),
    Number.POSITIVE_INFINITY,
    'Leave it out to be bounded by bytes.',
  ),
  'batch.maxQueueBytes': rule(noVariable, integer(1), 64 * 1024 * 1024, leaveOut(64 * 1024 * 1024)),
  'batch.maxExportBatchSize': rule('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', integer(1), 512, leaveOut(512)),
};

const otlpRules = {
  ...batchRules,
  url: rule(
    otlpVariables('ENDPOINT'),
    endpoint,
    'http://localhost:4318/v1/traces',
    'Use http://localhost:4318/v1/traces.',
  ),
  headers: rule(otlpVariables('HEADERS'), keyValues, {}, "Use { authorization: 'Bearer …' }."),
  protocol: rule<OtlpProtocol>(otlpVariables('PROTOCOL'), protocolChoice, 'http/protobuf', leaveOut('http/protobuf')),
  compression: rule(otlpVariables('COMPRESSION'), choice(['none', 'gzip'] as const), 'none', leaveOut('none')),
  timeoutMs: rule(otlpVariables('TIMEOUT'), integer(1, 2 ** 31 - 1), 10_000, leaveOut(10_000)),
  certificate: rule(otlpVariables('CERTIFICATE'), optional(pem), undefined, 'Leave it out to trust the system.'),
  clientKey: rule(otlpVariables('CLIENT_KEY'), optional(pem), undefined, 'Leave it out for no client certificate.'),
  clientCertificate: rule(otlpVariables('CLIENT_CERTIFICATE'), optional(pem), undefined, 'Leave it out for none.'),
};

/**
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` or `WAYMARK_UNKNOWN_OPTION`, with the value and the remedy.
 */
export function resolveOtlpSettings(options: OtlpExporterOptions): OtlpSettings {
  refuseUnknown(options, otlpRules, '');
  if (options.batch) refuseUnknown(options.batch, otlpRules, 'batch.');
  const env = options.env ?? process.env;
  const resolver = createResolver(options, env);
  const pick = <Name extends keyof typeof otlpRules>(name: Name) =>
    resolver.pick(name, otlpRules[name] as Rule<(typeof otlpRules)[Name]['fallback']>); // the table's own type
  return {
    url: pick('url') as string,
    headers: mergedHeaders(pick('headers'), options, env),
    protocol: pick('protocol'),
    compression: pick('compression') as 'none' | 'gzip',
    timeoutMs: pick('timeoutMs'),
    certificate: pick('certificate'),
    clientKey: pick('clientKey'),
    clientCertificate: pick('clientCertificate'),
    batch: {
      scheduleDelayMs: pick('batch.scheduleDelayMs'),
      exportTimeoutMs: pick('batch.exportTimeoutMs'),
      maxQueueSize: pick('batch.maxQueueSize'),
      maxQueueBytes: pick('batch.maxQueueBytes'),
      maxExportBatchSize: pick('batch.maxExportBatchSize'),
    },
    origins: resolver.origins,
    warnings: resolver.warnings,
  };
}

/** Both variables count: the traces' own headers are added to the general ones, and win where both have one. */
function mergedHeaders(
  headers: Readonly<Record<string, string>>,
  options: OtlpExporterOptions,
  env: Environment,
): Readonly<Record<string, string>> {
  const general = env.OTEL_EXPORTER_OTLP_HEADERS?.trim();
  if (options.headers || !general || !env.OTEL_EXPORTER_OTLP_TRACES_HEADERS?.trim()) return headers;
  const pairs = keyValues.read(general);
  return pairs instanceof Unreadable ? headers : { ...pairs, ...headers };
}

interface Resolver {
  pick<Value>(path: string, rule: Rule<Value>): Value;
  isSet(variable: string): boolean;
  warn(message: string): void;
  readonly origins: SettingOrigin[];
  readonly warnings: string[];
}

function createResolver(options: object, env: Environment): Resolver {
  const origins: SettingOrigin[] = [];
  const warnings: string[] = [];

  function pick<Value>(path: string, { variables, read, check, fallback, remedy }: Rule<Value>): Value {
    const note = (value: Value, from: string): Value => {
      origins.push({ name: path, value, from });
      return value;
    };
    const given = valueAt(options, path);
    if (given !== undefined) {
      const value = check(given);
      if (value instanceof Unreadable) throw invalidOption(path, given, value.expected, remedy);
      return note(value, 'code');
    }
    for (const variable of variables) {
      const content = env[variable]?.trim();
      if (!content) continue; // specification: empty is as good as unset
      const value = read(content, variable);
      if (!(value instanceof Unreadable)) return note(value, variable);
      // Headers and certificates are secrets, so what was given is not repeated.
      warnings.push(`${variable} was ignored: it must be ${value.expected}`);
    }
    return note(fallback, 'default');
  }

  return {
    pick,
    isSet: (variable) => Boolean(env[variable]?.trim()),
    warn: (message) => warnings.push(message),
    origins,
    warnings,
  };
}

function valueAt(options: object, path: string): unknown {
  let value: unknown = options;
  for (const part of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[part];
  return value;
}

function refuseUnknown(options: object, rules: object, prefix: string): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidOption(prefix.slice(0, -1) || 'options', options, 'an object', 'Leave it out to use the defaults.');
  }
  const known = Object.keys(rules)
    .filter((path) => path.startsWith(prefix))
    .map((path) => path.slice(prefix.length).split('.')[0]);
  for (const key of Object.keys(options)) {
    if (known.includes(key) || (prefix === '' && key === 'env')) continue;
    const near = known.find((name) => name?.toLowerCase() === key.toLowerCase());
    throw new WaymarkError(
      'WAYMARK_UNKNOWN_OPTION',
      `There is no option ${prefix}${key}. ${near ? `Did you mean ${prefix}${near}?` : `The options are ${[...new Set(known)].join(', ')}.`}`,
    );
  }
}

function definedOnly<Value extends object>(value: Value): { [Key in keyof Value]: NonNullable<Value[Key]> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as never; // undefined is gone
}

/**
 * The settings in force as lines for people: name, value, and where it came from. Secrets are not shown.
 *
 * @example
 * console.log(describeSettings(tracer.settings.origins));
 */
export function describeSettings(origins: readonly SettingOrigin[]): string {
  const rows = origins.map(({ name, value, from }) => [name, describeSetting(name, value), from] as const);
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value, from]) => `${name.padEnd(width)}  ${value}  (${from})`).join('\n');
}

const secretSettings = new Set(['headers', 'certificate', 'clientKey', 'clientCertificate']);

function describeSetting(name: string, value: unknown): string {
  if (value === undefined) return '–';
  if (name === 'headers') return Object.keys(value as object).join(', ') || '–';
  if (secretSettings.has(name)) return 'set';
  if (Array.isArray(value)) return value.map((item) => describeSetting('', item)).join(', ') || 'none';
  if (typeof value === 'object' && value !== null) {
    if ('description' in value) return String(value.description);
    if ('name' in value) return String(value.name);
  }
  return typeof value === 'string' ? value : describeValue(value);
}

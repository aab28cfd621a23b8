/** Options and settings of a tracer. The mechanism is in settings/; the options of exporters and of HTTP are in their folders. */
import type { Attributes } from './attribute-value.ts';
import type { Clock } from './clock.ts';
import { type CodeAttributesOption, codeAttributesForm } from './code-attributes-option.ts';
import {
  copyAttributeValue,
  deepestValue,
  noValueLimits,
  usualDepth,
  type ValueLimits,
} from './copy-attribute-value.ts';
import type { DiagnosticsOptions, InternalDiagnostics, LogLevel } from './diagnostics.ts';
import type { EndingHook } from './ending-hook.ts';
import type { SpanExporter } from './exporter.ts';
import { type ExporterName, exporterForm, type GivenExporter, showExporters } from './exporter-option.ts';
import {
  allLibraries,
  type LibrariesOption,
  type LibrarySettings,
  librariesForm,
  libraryVariables,
  showLibraries,
} from './libraries-option.ts';
import type { OpenTelemetrySpanExporter, OpenTelemetrySpanProcessor } from './open-telemetry-types.ts';
import { b3MultiPropagator, b3Propagator } from './propagation/b3.ts';
import { jaegerPropagator } from './propagation/jaeger.ts';
import type { Propagator } from './propagation/propagator.ts';
import { baggagePropagator, tracecontextPropagator } from './propagation/w3c.ts';
import { xrayPropagator } from './propagation/xray.ts';
import { readOption } from './read-option.ts';
import { readProperty } from './read-property.ts';
import {
  alwaysOnSampler,
  parentBasedSampler,
  type Sampler,
  type SamplerOption,
  samplerNames,
  toSampler,
} from './sampler.ts';
import { boolean, choice, integer, isPlainObject, keyValues, objectWith, text } from './settings/forms.ts';
import { meant, namedList } from './settings/named-values.ts';
import { resolveSettings, type SettingOrigin } from './settings/resolve-settings.ts';
import {
  type Environment,
  type Form,
  type SettingTable,
  type Surroundings,
  setting,
  Unreadable,
} from './settings/setting.ts';
import type { SpanSettings } from './span-host.ts';
import { showSpanProcessors, spanProcessorsForm } from './span-processors-option.ts';
import type { StartingHook } from './starting-hook.ts';

/** Options of a tracer. Each is optional: without it the `OTEL_*` variable applies, then the default. */
export interface TracerOptions {
  /** Name under which the service's spans appear. `OTEL_SERVICE_NAME`; default `unknown_service:node`. */
  serviceName?: string | undefined;
  /** Attributes of the whole process, such as `{ 'deployment.environment.name': 'staging' }`. `OTEL_RESOURCE_ATTRIBUTES`. */
  resource?: Attributes | undefined;
  /**
   * Where ended spans go, by name or as your own exporters: `'console'`, `['otlp', kafkaExporter]`, `'none'`. A named exporter
   * takes its settings from the variables. A `SpanExporter` of OpenTelemetry's SDK is one too, of any vendor. `OTEL_TRACES_EXPORTER`;
   * default `'otlp'`, to localhost:4318.
   */
  exporter?:
    | ExporterName
    | 'none'
    | SpanExporter
    | OpenTelemetrySpanExporter
    | readonly (ExporterName | SpanExporter | OpenTelemetrySpanExporter)[]
    | undefined;
  /**
   * Which traces are recorded, by OpenTelemetry's name (`'always_on'`, `{ name: 'parentbased_traceidratio', ratio: 0.1 }`), as a
   * sampler, or as a function. A ratio that is left out is `OTEL_TRACES_SAMPLER_ARG`, or else 1. `OTEL_TRACES_SAMPLER`; default
   * `'parentbased_always_on'`: all traces that start here, and what the caller decided for the others.
   */
  sampler?: SamplerOption | undefined;
  /**
   * Header formats. All of them are read, and the first that has a caller wins; all of them are written. `OTEL_PROPAGATORS`;
   * default `['tracecontext', 'baggage']`.
   */
  propagators?: PropagatorName | 'none' | Propagator | readonly (PropagatorName | Propagator)[] | undefined;
  /**
   * Which libraries are traced: databases, caches and job queues. `false` for none, `['pg', 'redis']` for some, and
   * `{ pg: { queryText: false }, redis: false }` for options by name. `OTEL_NODE_ENABLED_INSTRUMENTATIONS`,
   * `OTEL_NODE_DISABLED_INSTRUMENTATIONS`; default `true`: all that the process loads.
   */
  libraries?: LibrariesOption | undefined;
  /**
   * Whether the spans of libraries say which line of the application made the call: `code.file.path`, `code.line.number`,
   * `code.column.number`, `code.function.name`. `true` looks at the stack once for each distinct SQL statement, and repeats the line of its first call;
   * `'always'` looks at each call, which is for development. `WAYMARK_CODE_ATTRIBUTES`; default `false`.
   */
  codeAttributes?: CodeAttributesOption | undefined;
  /** How much one span may hold. Default: 128 attributes, events and links, of any length. */
  limits?: LimitOptions | undefined;
  /**
   * Called with each recorded span as it starts, with the attributes and links that it starts with: to add attributes, or to drop spans
   * with `span.drop()`. The hook runs inside requests, so it should be quick. Default: none.
   */
  onStart?: StartingHook | undefined;
  /**
   * Called with each recorded span as it ends, to add attributes or to remove secrets. `readSpan(span)` returns the span's data. An
   * attribute that is set replaces the earlier value; `undefined` removes it. `changeEvents()` changes events, and `drop()` leaves the
   * span out. The hook runs inside requests, so it should be quick. Default: none.
   */
  onEnding?: EndingHook | undefined;
  /**
   * Processors of an OpenTelemetry SDK, of any version: `[new BaggageSpanProcessor(isOwnKey), new BatchSpanProcessor(vendorExporter)]`.
   * They come after `onStart` and before `onEnding`. The exporters of `exporter` get each span after them. Default: none.
   */
  spanProcessors?: readonly OpenTelemetrySpanProcessor[] | undefined;
  /** `true`: no span is made or sent, and contexts are still propagated. `OTEL_SDK_DISABLED`; default `false`. */
  disabled?: boolean | undefined;
  /** The least severe level of Waymark's own messages; `none` for no messages. `OTEL_LOG_LEVEL`; default `info`. */
  logLevel?: LogLevel | undefined;
  /** Receives Waymark's own messages, one line at a time. Default: writes to standard error. */
  log?: ((line: string) => void) | undefined;
  /** Whether queued spans are sent when the process ends, by itself or by a signal such as SIGTERM. Default `true`. */
  flushOnExit?: boolean | undefined;
  /** Time for tests. Default: the system's clocks. */
  clock?: Clock | undefined;
  /** Ids for tests: 32 and 16 lower-case hex digits. Default: random. */
  idGenerator?: IdGenerator | undefined;
  /** Default: `process.env`. */
  env?: Environment | undefined;
}

/** Default 128 of each and no length limit, as in the specification; `Infinity` for no limit. */
export interface LimitOptions {
  /** `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`, `OTEL_ATTRIBUTE_COUNT_LIMIT`. */
  attributeCount?: number | undefined;
  /** In UTF-16 units. `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT`, `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`. */
  attributeValueLength?: number | undefined;
  /** Levels of arrays and objects in a value, at most 64. Default 30. What is deeper becomes `null`. */
  attributeValueDepth?: number | undefined;
  /** `OTEL_SPAN_EVENT_COUNT_LIMIT`. */
  eventCount?: number | undefined;
  /** `OTEL_SPAN_LINK_COUNT_LIMIT`. */
  linkCount?: number | undefined;
  /** `OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`. */
  attributeCountPerEvent?: number | undefined;
  /** `OTEL_LINK_ATTRIBUTE_COUNT_LIMIT`. */
  attributeCountPerLink?: number | undefined;
}

/** Makes ids. One that throws, or answers anything but lower-case hex of the right length, is replaced by random ids, and counted. */
export interface IdGenerator {
  /** 32 lower-case hex digits, not all zero. */
  traceId(): string;
  /** 16 lower-case hex digits, not all zero. */
  spanId(): string;
  /** Whether the right-most 7 bytes of its trace ids are uniformly random, as W3C's random flag says. Default `false`. */
  readonly isRandom?: boolean | undefined;
}

/** The settings in force. */
export interface TracerSettings extends SpanSettings {
  readonly disabled: boolean;
  readonly serviceName: string | undefined;
  readonly resourceAttributes: Attributes;
  readonly exporters: readonly GivenExporter[];
  readonly sampler: Sampler;
  readonly propagators: readonly Propagator[];
  readonly libraries: LibrarySettings;
  readonly codeAttributes: CodeAttributesOption;
  readonly onStart: StartingHook | undefined;
  readonly onEnding: EndingHook | undefined;
  readonly spanProcessors: readonly OpenTelemetrySpanProcessor[];
  readonly flushOnExit: boolean;
  /** Where each of the settings came from, for {@link describeSettings}. */
  readonly origins: readonly SettingOrigin[];
}

/** Header formats, by OpenTelemetry's names. */
export type PropagatorName = 'tracecontext' | 'baggage' | 'b3' | 'b3multi' | 'jaeger' | 'xray';

const attributes: Form<Attributes> = {
  read: keyValues.read,
  check: (value) =>
    isPlainObject(value) &&
    !isOpenTelemetryResource(value) &&
    Object.values(value).every(isAttributeValue) &&
    typeof value['service.name'] !== 'object'
      ? value
      : new Unreadable(
          'an object of strings, numbers, booleans, arrays and plain objects, with a string as service.name',
          isOpenTelemetryResource(value) ? 'Pass the attributes of the Resource: resource.attributes.' : undefined,
        ),
};

/** Its own properties are private ones of the SDK. */
function isOpenTelemetryResource(value: unknown): boolean {
  return typeof readProperty(value, 'merge') === 'function' && typeof readProperty(value, 'attributes') === 'object';
}

/** Whether every part of it can be kept. */
function isAttributeValue(value: unknown): boolean {
  let isWhole = true;
  const count = (): void => {
    isWhole = false;
  };
  copyAttributeValue('', value, noValueLimits, { count });
  return isWhole;
}

const propagatorList = namedList<Propagator>(
  {
    tracecontext: tracecontextPropagator,
    baggage: baggagePropagator,
    b3: b3Propagator,
    b3multi: b3MultiPropagator,
    jaeger: jaegerPropagator,
    xray: xrayPropagator,
  } satisfies Record<PropagatorName, Propagator>,
  { is: isPropagator, description: 'your own propagator' },
);

function isPropagator(value: unknown): value is Propagator {
  const { extract, inject, fields } = (value ?? {}) as Partial<Propagator>; // each is checked
  // One of OpenTelemetry's SDK has other parameters. There, fields is a function.
  return typeof extract === 'function' && typeof inject === 'function' && typeof fields !== 'function';
}

const sampler: Form<Sampler> = {
  read: (name, surroundings) =>
    samplerOf(name, surroundings) ?? new Unreadable(`one of ${samplerNames.join(', ')}`, meant([name], samplerNames)),
  check: (value, surroundings) =>
    samplerOf(value, surroundings) ??
    new Unreadable(
      `a sampler's name (${samplerNames.join(', ')}), { name, ratio }, a sampler such as traceIdRatioSampler(0.1), ` +
        'or a function that answers true or false',
      meantRatio(value) ?? meant([value], samplerNames),
    ),
};

/** A share alone does not say whether callers' decisions count, so it is no sampler. */
function meantRatio(value: unknown): string | undefined {
  return typeof value === 'number' && value >= 0 && value <= 1
    ? `Use { name: 'parentbased_traceidratio', ratio: ${value} }.`
    : undefined;
}

function samplerOf(value: unknown, surroundings: Surroundings): Sampler | undefined {
  const takesRatio = typeof value === 'string' && /^(parentbased_)?traceidratio$/i.test(value);
  return toSampler(value, takesRatio ? readRatio(surroundings) : undefined);
}

const ratioVariable = 'OTEL_TRACES_SAMPLER_ARG';

function readRatio({ env, warn }: Surroundings): number {
  const text = env[ratioVariable]?.trim() || '1'; // specification: 1.0 unless set
  const ratio = /^[\d.]+(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (ratio >= 0 && ratio <= 1) return ratio;
  warn(`${ratioVariable}=${text} was ignored: it must be a number from 0 to 1`);
  return 1;
}

const log: Form<(line: string) => void> = {
  check: (value) => (typeof value === 'function' ? (value as (line: string) => void) : new Unreadable('a function')), // its one use
};

const startingHook: Form<StartingHook> = {
  check: (value) => (typeof value === 'function' ? (value as StartingHook) : new Unreadable('a function')), // its one use
};

const endingHook: Form<EndingHook> = {
  check: (value) => (typeof value === 'function' ? (value as EndingHook) : new Unreadable('a function')), // its one use
};

const count = integer(0);

const table = {
  disabled: setting({ variables: ['OTEL_SDK_DISABLED'], form: boolean, fallback: false }),
  serviceName: setting({
    variables: ['OTEL_SERVICE_NAME'],
    form: text,
    fallback: undefined,
    remedy: "Name the service, such as 'orders'.",
  }),
  resource: setting({
    variables: ['OTEL_RESOURCE_ATTRIBUTES'],
    form: attributes,
    fallback: {},
    remedy: "Use { 'deployment.environment.name': 'staging' }.",
  }),
  exporter: setting({
    variables: ['OTEL_TRACES_EXPORTER'],
    form: exporterForm,
    fallback: ['otlp'],
    remedy: "Leave it out to send OTLP to localhost:4318, or use 'none' to send nothing.",
    show: showExporters,
  }),
  sampler: setting({
    variables: ['OTEL_TRACES_SAMPLER'],
    form: sampler,
    fallback: parentBasedSampler({ root: alwaysOnSampler() }),
    remedy: 'Leave it out to record every trace.',
  }),
  propagators: setting({
    variables: ['OTEL_PROPAGATORS'],
    form: propagatorList,
    fallback: [tracecontextPropagator, baggagePropagator],
    remedy: "Leave it out to use ['tracecontext', 'baggage'].",
  }),
  libraries: setting({
    variables: libraryVariables,
    form: librariesForm,
    fallback: allLibraries,
    remedy: 'Leave it out to trace all.',
    show: showLibraries,
  }),
  codeAttributes: setting({
    variables: ['WAYMARK_CODE_ATTRIBUTES'],
    form: codeAttributesForm,
    fallback: false,
  }),
  'limits.attributeCount': setting({
    variables: ['OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'],
    form: count,
    fallback: 128,
  }),
  'limits.attributeValueLength': setting({
    variables: ['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT'],
    form: count,
    fallback: Number.POSITIVE_INFINITY,
    remedy: 'Leave it out for no limit.',
  }),
  'limits.attributeValueDepth': setting({ form: integer(1, deepestValue), fallback: usualDepth }),
  'limits.eventCount': setting({ variables: ['OTEL_SPAN_EVENT_COUNT_LIMIT'], form: count, fallback: 128 }),
  'limits.linkCount': setting({ variables: ['OTEL_SPAN_LINK_COUNT_LIMIT'], form: count, fallback: 128 }),
  'limits.attributeCountPerEvent': setting({
    variables: ['OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT'],
    form: count,
    fallback: 128,
  }),
  'limits.attributeCountPerLink': setting({
    variables: ['OTEL_LINK_ATTRIBUTE_COUNT_LIMIT'],
    form: count,
    fallback: 128,
  }),
  onStart: setting({ form: startingHook, fallback: undefined, remedy: 'Leave it out to start spans as they are.' }),
  onEnding: setting({ form: endingHook, fallback: undefined, remedy: 'Leave it out to send spans as they are.' }),
  spanProcessors: setting({
    form: spanProcessorsForm,
    fallback: [],
    remedy: 'Leave it out to have none.',
    show: showSpanProcessors,
  }),
  logLevel: setting({
    variables: ['OTEL_LOG_LEVEL'],
    form: choice<LogLevel>(['none', 'error', 'warn', 'info', 'debug', 'verbose', 'all']),
    fallback: 'info',
  }),
  log: setting({ form: log, fallback: undefined, remedy: 'Leave it out to write to standard error.' }),
  flushOnExit: setting({ form: boolean, fallback: true }),
  clock: setting({
    form: objectWith<Clock>('wallMs', 'monotonicMs'),
    fallback: undefined,
    remedy: "Leave it out to use the system's clocks.",
  }),
  idGenerator: setting({
    form: objectWith<IdGenerator>('traceId', 'spanId'),
    fallback: undefined,
    remedy: 'Leave it out for random ids.',
  }),
};

/** All settings of a tracer. docs/settings.md lists the same; a test compares the two. */
export const tracerSettingTable: SettingTable = table;

/** Names of all tracer options, for adapters that take them next to their own options. */
export const tracerOptionNames: readonly string[] = [
  ...new Set([...Object.keys(table).map((path) => path.split('.', 1)[0] ?? path), 'env']),
];

/**
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` or `WAYMARK_UNKNOWN_OPTION`, with the value and the remedy.
 */
export function resolveTracerSettings(
  options: TracerOptions,
  makeDiagnostics: (options: DiagnosticsOptions) => InternalDiagnostics,
): {
  settings: TracerSettings;
  diagnostics: InternalDiagnostics;
  clock: Clock | undefined;
  idGenerator: IdGenerator | undefined;
} {
  const { values, origins, warnings, env } = resolveSettings(table, options);
  const { log, clock, idGenerator } = values;
  const diagnostics = makeDiagnostics({ level: values.logLevel, ...(log && { write: log }) });
  const resource = mergeResource(values.resource, options, env);
  for (const warning of [...warnings, ...resource.warnings, ...warnOfUnused(env, options)]) {
    diagnostics.note('warn', warning);
  }
  const given = <Name extends keyof TracerOptions>(name: Name): TracerOptions[Name] =>
    readOption(options, name) as TracerOptions[Name]; // it has been checked
  const valueLimits: ValueLimits = {
    valueLengthLimit: values['limits.attributeValueLength'],
    depthLimit: values['limits.attributeValueDepth'],
  };
  const settings: TracerSettings = {
    disabled: values.disabled,
    // Code wins over the variable, also if code has the name among the attributes.
    serviceName:
      given('serviceName') ?? (given('resource')?.['service.name'] === undefined ? values.serviceName : undefined),
    resourceAttributes: resource.attributes,
    exporters: values.exporter,
    sampler: values.sampler,
    propagators: values.propagators,
    libraries: values.libraries,
    codeAttributes: values.codeAttributes,
    spanLimits: { countLimit: values['limits.attributeCount'], ...valueLimits },
    eventCountLimit: values['limits.eventCount'],
    eventAttributes: { countLimit: values['limits.attributeCountPerEvent'], ...valueLimits },
    linkCountLimit: values['limits.linkCount'],
    linkAttributes: { countLimit: values['limits.attributeCountPerLink'], ...valueLimits },
    onStart: values.onStart,
    onEnding: values.onEnding,
    spanProcessors: values.spanProcessors,
    flushOnExit: values.flushOnExit,
    origins,
  };
  return { settings, diagnostics, clock, idGenerator };
}

/** Specification, "Specifying resource information via an environment variable": both count, and code wins. */
function mergeResource(
  attributes: Attributes,
  options: TracerOptions,
  env: Environment,
): { attributes: Attributes; warnings: readonly string[] } {
  if (readOption(options, 'resource') === undefined) return { attributes, warnings: [] };
  const { values, warnings } = resolveSettings({ resource: table.resource }, { env });
  return { attributes: { ...values.resource, ...attributes }, warnings };
}

/** Warnings about variables that are set and have no effect. */
function warnOfUnused(env: Environment, options: TracerOptions): string[] {
  const warnings: string[] = [];
  if (env.OTEL_CONFIG_FILE?.trim()) warnings.push('OTEL_CONFIG_FILE is not supported; the file was not read');
  const takesRatio = /traceidratio$/i.test(env.OTEL_TRACES_SAMPLER?.trim() ?? '');
  if (env[ratioVariable]?.trim() && !takesRatio && readOption(options, 'sampler') === undefined) {
    warnings.push(
      `${ratioVariable} has no effect: OTEL_TRACES_SAMPLER must be traceidratio or parentbased_traceidratio for it`,
    );
  }
  return warnings;
}

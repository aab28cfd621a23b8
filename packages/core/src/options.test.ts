import { createDiagnostics } from './diagnostics.ts';
import { WaymarkError } from './errors.ts';
import type { SpanExporter } from './exporter.ts';
import { nameOfExporter } from './exporter-option.ts';
import { allLibraries } from './libraries-option.ts';
import { resolveTracerSettings, type TracerOptions, tracerOptionNames } from './options.ts';
import { b3Propagator } from './propagation/b3.ts';
import { baggagePropagator, tracecontextPropagator } from './propagation/w3c.ts';
import { alwaysOffSampler } from './sampler.ts';
import { describeSettings } from './settings/resolve-settings.ts';
import type { Environment } from './settings/setting.ts';

/** What comes of options and environment: the settings, and the lines that were written. */
function resolve({ env = {}, ...options }: TracerOptions = {}) {
  const lines: string[] = [];
  const { settings } = resolveTracerSettings({ log: (line) => lines.push(line), ...options, env }, createDiagnostics);
  return { settings, lines };
}

function errorOf(options: object): WaymarkError {
  try {
    resolve(options);
  } catch (error) {
    if (error instanceof WaymarkError) return error;
  }
  throw new Error('expected a WaymarkError');
}

const samplerForms =
  "a sampler's name (always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, " +
  'parentbased_traceidratio), { name, ratio }, a sampler such as traceIdRatioSampler(0.1), or a function that answers true or false';

const exporter: SpanExporter = {
  name: 'mine',
  export() {},
  stats: () => ({ exported: 0, waiting: 0, dropped: {} }),
};

test("uses the specification's defaults without options", () => {
  const { settings, lines } = resolve();
  expect(lines).toEqual([]);
  expect({ ...settings, origins: undefined, sampler: settings.sampler.description }).toEqual({
    disabled: false,
    serviceName: undefined,
    resourceAttributes: {},
    exporters: ['otlp'],
    sampler: 'ParentBased{root=AlwaysOnSampler}',
    propagators: [tracecontextPropagator, baggagePropagator],
    libraries: allLibraries,
    codeAttributes: false,
    spanLimits: { countLimit: 128, valueLengthLimit: Number.POSITIVE_INFINITY, depthLimit: 30 },
    eventCountLimit: 128,
    eventAttributes: { countLimit: 128, valueLengthLimit: Number.POSITIVE_INFINITY, depthLimit: 30 },
    linkCountLimit: 128,
    linkAttributes: { countLimit: 128, valueLengthLimit: Number.POSITIVE_INFINITY, depthLimit: 30 },
    spanProcessors: [],
    flushOnExit: true,
    origins: undefined,
  });
});

test('reads process.env where no environment is given', () => {
  const before = process.env.OTEL_SERVICE_NAME;
  process.env.OTEL_SERVICE_NAME = 'from-the-process';
  try {
    expect(resolveTracerSettings({}, createDiagnostics).settings.serviceName).toBe('from-the-process');
  } finally {
    if (before === undefined) delete process.env.OTEL_SERVICE_NAME;
    else process.env.OTEL_SERVICE_NAME = before;
  }
});

/** Samplers, exporters and propagators by their names, since functions do not compare. */
function plain({ settings }: ReturnType<typeof resolve>): Record<string, unknown> {
  const { sampler, exporters, propagators, origins: _, ...others } = settings;
  return {
    ...others,
    sampler: sampler.description,
    exporters: exporters.map((one) => (typeof one === 'string' ? one : nameOfExporter(one))),
    propagators: propagators.map(({ name }) => name),
  };
}

const defaults = plain(resolve());

test.each<[variable: string, text: string, changed: object]>([
  ['OTEL_SDK_DISABLED', 'true', { disabled: true }],
  ['OTEL_SDK_DISABLED', ' TRUE ', { disabled: true }],
  ['OTEL_SDK_DISABLED', 'False', {}],
  ['OTEL_SERVICE_NAME', 'orders', { serviceName: 'orders' }],
  ['OTEL_RESOURCE_ATTRIBUTES', 'a=1,b=2', { resourceAttributes: { a: '1', b: '2' } }],
  [
    'OTEL_RESOURCE_ATTRIBUTES',
    ' a = x%20y , k%2Cey=%3D%C3%BC=z,, ',
    { resourceAttributes: { a: 'x y', 'k,ey': '=ü=z' } },
  ],
  ['OTEL_TRACES_EXPORTER', 'otlp', {}],
  ['OTEL_TRACES_EXPORTER', 'Console, OTLP', { exporters: ['console', 'otlp'] }],
  ['OTEL_TRACES_EXPORTER', 'console,console', { exporters: ['console'] }],
  ['OTEL_TRACES_EXPORTER', 'none', { exporters: [] }],
  ['OTEL_TRACES_SAMPLER', 'always_on', { sampler: 'AlwaysOnSampler' }],
  ['OTEL_TRACES_SAMPLER', 'ALWAYS_OFF', { sampler: 'AlwaysOffSampler' }],
  ['OTEL_TRACES_SAMPLER', 'traceidratio', { sampler: 'TraceIdRatioBased{1}' }],
  ['OTEL_TRACES_SAMPLER', 'parentbased_always_on', {}],
  ['OTEL_TRACES_SAMPLER', 'parentbased_always_off', { sampler: 'ParentBased{root=AlwaysOffSampler}' }],
  ['OTEL_TRACES_SAMPLER', 'parentbased_traceidratio', { sampler: 'ParentBased{root=TraceIdRatioBased{1}}' }],
  ['OTEL_PROPAGATORS', 'tracecontext', { propagators: ['tracecontext'] }],
  ['OTEL_PROPAGATORS', 'Baggage,TraceContext,baggage', { propagators: ['baggage', 'tracecontext'] }],
  ['OTEL_PROPAGATORS', 'b3,B3multi,jaeger,xray', { propagators: ['b3', 'b3multi', 'jaeger', 'xray'] }],
  ['OTEL_PROPAGATORS', 'None', { propagators: [] }],
  [
    'OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT',
    '0',
    { spanLimits: { countLimit: 0, valueLengthLimit: Infinity, depthLimit: 30 } },
  ],
  ['OTEL_ATTRIBUTE_COUNT_LIMIT', '5', { spanLimits: { countLimit: 5, valueLengthLimit: Infinity, depthLimit: 30 } }],
  ['OTEL_SPAN_EVENT_COUNT_LIMIT', '6', { eventCountLimit: 6 }],
  ['OTEL_SPAN_LINK_COUNT_LIMIT', '7', { linkCountLimit: 7 }],
  [
    'OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT',
    '8',
    { eventAttributes: { countLimit: 8, valueLengthLimit: Infinity, depthLimit: 30 } },
  ],
  [
    'OTEL_LINK_ATTRIBUTE_COUNT_LIMIT',
    '9',
    { linkAttributes: { countLimit: 9, valueLengthLimit: Infinity, depthLimit: 30 } },
  ],
  ...['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT'].map(
    (variable): [string, string, object] => [
      variable,
      '10',
      {
        spanLimits: { countLimit: 128, valueLengthLimit: 10, depthLimit: 30 },
        eventAttributes: { countLimit: 128, valueLengthLimit: 10, depthLimit: 30 },
        linkAttributes: { countLimit: 128, valueLengthLimit: 10, depthLimit: 30 },
      },
    ],
  ),
])('takes %s=%j', (variable, text, changed) => {
  const resolved = resolve({ env: { [variable]: text } });
  expect(plain(resolved)).toEqual({ ...defaults, ...changed });
  expect(resolved.lines).toEqual([]);
});

const variables = [
  'OTEL_SDK_DISABLED',
  'OTEL_SERVICE_NAME',
  'OTEL_RESOURCE_ATTRIBUTES',
  'OTEL_TRACES_EXPORTER',
  'OTEL_TRACES_SAMPLER',
  'OTEL_TRACES_SAMPLER_ARG',
  'OTEL_PROPAGATORS',
  'OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT',
  'OTEL_ATTRIBUTE_COUNT_LIMIT',
  'OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT',
  'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT',
  'OTEL_SPAN_EVENT_COUNT_LIMIT',
  'OTEL_SPAN_LINK_COUNT_LIMIT',
  'OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT',
  'OTEL_LINK_ATTRIBUTE_COUNT_LIMIT',
  'OTEL_LOG_LEVEL',
  'OTEL_CONFIG_FILE',
];

test.each(['', ' ', '\t'])('takes %j for unset, in every variable', (text) => {
  const resolved = resolve({ env: Object.fromEntries(variables.map((variable) => [variable, text])) });
  expect(plain(resolved)).toEqual(defaults);
  expect(resolved.lines).toEqual([]);
});

const formats = 'tracecontext, baggage, b3, b3multi, jaeger, xray';
const whole = 'it must be a whole number of at least 0';

test.each<[variable: string, text: string, expected: string]>([
  ['OTEL_SDK_DISABLED', 'yes', 'it must be true or false'],
  ['OTEL_SDK_DISABLED', '1', 'it must be true or false'],
  ['OTEL_RESOURCE_ATTRIBUTES', 'a=1,b', 'it must be a list like key1=value1,key2=value2'],
  ['OTEL_RESOURCE_ATTRIBUTES', '=1', 'it must be a list like key1=value1,key2=value2'],
  [
    'OTEL_RESOURCE_ATTRIBUTES',
    'a=1,b=%F',
    'it must be a list like key1=value1,key2=value2 with valid percent-encoding',
  ],
  ['OTEL_TRACES_EXPORTER', 'jaeger', 'it must be a list of otlp, zipkin, console, or none; nothing else is available'],
  ['OTEL_PROPAGATORS', 'ottrace,datadog', `it must be a list of ${formats}, or none; nothing else is available`],
  [
    'OTEL_TRACES_SAMPLER',
    'jaeger_remote',
    'it must be one of always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio',
  ],
  ['OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', '-1', whole],
  ['OTEL_SPAN_EVENT_COUNT_LIMIT', '1.5', whole],
  ['OTEL_SPAN_LINK_COUNT_LIMIT', '1e3', whole],
  ['OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT', '0x10', whole],
  ['OTEL_LINK_ATTRIBUTE_COUNT_LIMIT', 'many', whole],
  ['OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'Infinity', whole],
  ['OTEL_LOG_LEVEL', 'loud', 'it must be one of none, error, warn, info, debug, verbose, all'],
])('ignores %s=%j, and says so once', (variable, text, expected) => {
  const resolved = resolve({ env: { [variable]: text } });
  expect(plain(resolved)).toEqual(defaults);
  expect(resolved.lines).toEqual([`waymark warn: ${variable}=${text} was ignored: ${expected}`]);
});

test.each([
  ['OTEL_PROPAGATORS', 'ottrace,baggage,datadog', { propagators: ['baggage'] }, 'ottrace, datadog', formats],
  ['OTEL_PROPAGATORS', 'none,baggage', { propagators: ['baggage'] }, 'none', formats],
  ['OTEL_PROPAGATORS', 'toString,baggage', { propagators: ['baggage'] }, 'tostring', formats],
  ['OTEL_TRACES_EXPORTER', 'jaeger,console', { exporters: ['console'] }, 'jaeger', 'otlp, zipkin, console'],
])('keeps the known names of %s=%j, and reports the rest', (variable, text, changed, missing, available) => {
  const resolved = resolve({ env: { [variable]: text } });
  expect(plain(resolved)).toEqual({ ...defaults, ...changed });
  expect(resolved.lines).toEqual([
    `waymark warn: ${missing} in ${variable} is not available and was left out: it must be a list of ${available}, or none`,
  ]);
});

test("prefers a span's own limit to the general one, and falls back to the general one if it is wrong", () => {
  const limits = (env: Environment) => resolve({ env }).settings.spanLimits.countLimit;
  expect(limits({ OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '1', OTEL_ATTRIBUTE_COUNT_LIMIT: '2' })).toBe(1);
  expect(limits({ OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '', OTEL_ATTRIBUTE_COUNT_LIMIT: '2' })).toBe(2);
  expect(limits({ OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: 'x', OTEL_ATTRIBUTE_COUNT_LIMIT: '2' })).toBe(2);
});

describe("a ratio sampler's argument", () => {
  const ratio = (text: string) => {
    const env = { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: text };
    const { settings, lines } = resolve({ env });
    return [settings.sampler.description, ...lines];
  };

  test.each([
    ['0', '0'],
    ['1', '1'],
    ['0.25', '0.25'],
    ['.5', '0.5'],
    ['1e-3', '0.001'],
  ])('takes %s', (text, shown) => {
    expect(ratio(text)).toEqual([`TraceIdRatioBased{${shown}}`]);
  });

  test.each(['1.1', '-0.1', 'half', '0x1', '0.1.2', 'NaN'])('ignores %s and keeps every trace', (text) => {
    expect(ratio(text)).toEqual([
      'TraceIdRatioBased{1}',
      `waymark warn: OTEL_TRACES_SAMPLER_ARG=${text} was ignored: it must be a number from 0 to 1`,
    ]);
  });

  test.each([{}, { OTEL_TRACES_SAMPLER: 'always_on' }])('is reported to have no effect with %j', (env) => {
    expect(resolve({ env: { ...env, OTEL_TRACES_SAMPLER_ARG: '0.1' } }).lines).toEqual([
      'waymark warn: OTEL_TRACES_SAMPLER_ARG has no effect: OTEL_TRACES_SAMPLER must be traceidratio or parentbased_traceidratio for it',
    ]);
  });

  test('is not reported if the sampler comes from code', () => {
    expect(resolve({ sampler: alwaysOffSampler(), env: { OTEL_TRACES_SAMPLER_ARG: '0.1' } }).lines).toEqual([]);
  });
});

test('says that a configuration file was not read', () => {
  expect(resolve({ env: { OTEL_CONFIG_FILE: './otel.yaml' } }).lines).toEqual([
    'waymark warn: OTEL_CONFIG_FILE is not supported; the file was not read',
  ]);
});

describe('the resource', () => {
  const env = { OTEL_RESOURCE_ATTRIBUTES: 'a=env,b=env,service.name=env' };

  test('comes from code and environment together, and code wins', () => {
    const { settings } = resolve({ resource: { a: 'code', c: 1 }, env });
    expect(settings.resourceAttributes).toEqual({ a: 'code', b: 'env', 'service.name': 'env', c: 1 });
  });

  test('warns of a malformed variable also where code gives one', () => {
    const { settings, lines } = resolve({ resource: { c: 1 }, env: { OTEL_RESOURCE_ATTRIBUTES: 'a' } });
    expect(settings.resourceAttributes).toEqual({ c: 1 });
    expect(lines).toEqual([
      'waymark warn: OTEL_RESOURCE_ATTRIBUTES=a was ignored: it must be a list like key1=value1,key2=value2',
    ]);
  });

  test("takes a service's name from its own option, then from the resource in code, then from OTEL_SERVICE_NAME", () => {
    const name = (options: TracerOptions) => {
      const { serviceName, resourceAttributes } = resolve(options).settings;
      return serviceName ?? resourceAttributes['service.name'];
    };
    const all = { ...env, OTEL_SERVICE_NAME: 'variable' };
    expect(name({ serviceName: 'code', resource: { 'service.name': 'attribute' }, env: all })).toBe('code');
    expect(name({ resource: { 'service.name': 'attribute' }, env: all })).toBe('attribute');
    expect(name({ resource: { 'service.name': undefined }, env: all })).toBe('variable');
    expect(name({ env: all })).toBe('variable');
    expect(name({ env })).toBe('env');
  });

  test('takes __proto__ for a name like any other', () => {
    const { resourceAttributes } = resolve({ env: { OTEL_RESOURCE_ATTRIBUTES: '__proto__=x,a=1' } }).settings;
    expect(Object.entries(resourceAttributes)).toEqual([
      ['__proto__', 'x'],
      ['a', '1'],
    ]);
  });
});

test('takes what is in code and does not look at its variable', () => {
  const sampler = alwaysOffSampler();
  const { settings, lines } = resolve({
    disabled: false,
    serviceName: 'orders',
    exporter,
    sampler,
    propagators: ['baggage', tracecontextPropagator, 'baggage'],
    limits: {
      attributeCount: 1,
      attributeValueLength: 2,
      attributeValueDepth: 6,
      eventCount: 3,
      linkCount: 4,
      attributeCountPerEvent: 5,
    },
    logLevel: 'debug',
    flushOnExit: false,
    env: Object.fromEntries(variables.filter((name) => !/RESOURCE|CONFIG/.test(name)).map((name) => [name, '?'])),
  });
  expect(settings).toMatchObject({
    disabled: false,
    serviceName: 'orders',
    exporters: [exporter],
    sampler,
    propagators: [baggagePropagator, tracecontextPropagator],
    spanLimits: { countLimit: 1, valueLengthLimit: 2, depthLimit: 6 },
    eventCountLimit: 3,
    linkCountLimit: 4,
    eventAttributes: { countLimit: 5, valueLengthLimit: 2, depthLimit: 6 },
    flushOnExit: false,
  });
  // The one limit that code leaves out.
  expect(lines).toEqual([`waymark warn: OTEL_LINK_ATTRIBUTE_COUNT_LIMIT=? was ignored: ${whole}`]);
});

test('makes a sampler of a function', () => {
  expect(
    resolve({
      sampler: function mine() {
        return true;
      },
    }).settings.sampler.description,
  ).toBe('Function{mine}');
});

test.each<[options: TracerOptions, changed: object]>([
  [{ exporter: 'console' }, { exporters: ['console'] }],
  [{ exporter: ['zipkin', 'otlp', 'zipkin'] }, { exporters: ['zipkin', 'otlp'] }],
  [{ exporter: ['console', exporter] }, { exporters: ['console', 'mine'] }],
  [{ exporter: 'none' }, { exporters: [] }],
  [{ exporter: 'Console' as 'console' }, { exporters: ['console'] }],
  [{ propagators: 'b3' }, { propagators: ['b3'] }],
  [{ propagators: b3Propagator }, { propagators: ['b3'] }],
  [{ propagators: ['b3', b3Propagator] }, { propagators: ['b3'] }],
  [{ propagators: 'none' }, { propagators: [] }],
  [{ sampler: 'always_off' }, { sampler: 'AlwaysOffSampler' }],
  [{ sampler: 'traceidratio' }, { sampler: 'TraceIdRatioBased{1}' }],
  [{ sampler: { name: 'traceidratio', ratio: 0.25 } }, { sampler: 'TraceIdRatioBased{0.25}' }],
  [{ sampler: { name: 'parentbased_traceidratio', ratio: 0 } }, { sampler: 'ParentBased{root=TraceIdRatioBased{0}}' }],
  [
    { sampler: 'parentbased_traceidratio', env: { OTEL_TRACES_SAMPLER_ARG: '0.5' } },
    { sampler: 'ParentBased{root=TraceIdRatioBased{0.5}}' },
  ],
  [
    { sampler: { name: 'traceidratio', ratio: 0.25 }, env: { OTEL_TRACES_SAMPLER_ARG: '0.5' } },
    { sampler: 'TraceIdRatioBased{0.25}' },
  ],
])('takes names in code as in the variables: %o', (options, changed) => {
  const resolved = resolve(options);
  expect(plain(resolved)).toEqual({ ...defaults, ...changed });
  expect(resolved.lines).toEqual([]);
});

test('refuses a ratio in code that is not from 0 to 1', () => {
  expect(() => resolve({ sampler: { name: 'traceidratio', ratio: 10 } })).toThrow(
    'The sampling ratio must be a number from 0 to 1, got 10. Use 0.1 to keep a tenth of all traces.',
  );
});

test.each([
  ['OTEL_TRACES_EXPORTER', 'otpl', 'otlp'],
  ['OTEL_TRACES_EXPORTER', 'console,zipkn', 'zipkin'],
  ['OTEL_PROPAGATORS', 'tracecontex', 'tracecontext'],
  ['OTEL_TRACES_SAMPLER', 'traceid_ratio', 'traceidratio'],
])('names what %s=%s probably means', (variable, text, name) => {
  expect(resolve({ env: { [variable]: text } }).lines).toEqual([
    expect.stringMatching(new RegExp(`Did you mean ${name}\\?$`)),
  ]);
});

test('takes several exporters, and none', () => {
  const another = { ...exporter, name: 'another' };
  expect(plain(resolve({ exporter: [exporter, another, exporter] }))).toMatchObject({ exporters: ['mine', 'another'] });
  expect(resolve({ exporter: [] }).settings.exporters).toEqual([]);
});

test('takes Infinity for no limit', () => {
  expect(resolve({ limits: { eventCount: Number.POSITIVE_INFINITY } }).settings.eventCountLimit).toBe(Infinity);
});

test('takes undefined for absent, as an option and as a group of them', () => {
  const undefinedOptions: TracerOptions = { serviceName: undefined, limits: undefined, exporter: undefined };
  expect(plain(resolve(undefinedOptions))).toEqual(defaults);
  expect(plain(resolve({ limits: { eventCount: undefined } }))).toEqual(defaults);
});

test.each<[options: object, message: string]>([
  [{ disabled: 'yes' }, 'disabled must be true or false, got "yes". Leave it out to use false.'],
  [{ serviceName: '' }, 'serviceName must be a non-empty string, got "". Name the service, such as \'orders\'.'],
  [
    { resource: { a: new Set([() => 1]) } },
    'resource must be an object of strings, numbers, booleans, arrays and plain objects, with a string as service.name, got {"a":{}}. ' +
      "Use { 'deployment.environment.name': 'staging' }.",
  ],
  [
    { resource: { 'service.name': null } },
    'resource must be an object of strings, numbers, booleans, arrays and plain objects, with a string as service.name, got ' +
      '{"service.name":null}. ' +
      "Use { 'deployment.environment.name': 'staging' }.",
  ],
  [
    { limits: { attributeValueDepth: 65 } },
    'limits.attributeValueDepth must be a whole number of at least 1 and at most 64, got 65. Leave it out to use 30.',
  ],
  [
    { exporter: 5 },
    'exporter must be otlp, zipkin, console, none, an exporter such as otlpExporter() from @waymark/core/otlp, ' +
      "an OpenTelemetry SDK's SpanExporter, " +
      "or an array of these, got 5. Leave it out to send OTLP to localhost:4318, or use 'none' to send nothing.",
  ],
  [
    { exporter: ['console', 'otpl'] },
    'exporter must be otlp, zipkin, console, none, an exporter such as otlpExporter() from @waymark/core/otlp, ' +
      "an OpenTelemetry SDK's SpanExporter, " +
      'or an array of these, got ["console","otpl"]. Did you mean otlp?',
  ],
  [
    { exporter: ['none', 'otlp'] },
    'exporter must be otlp, zipkin, console, none, an exporter such as otlpExporter() from @waymark/core/otlp, ' +
      "an OpenTelemetry SDK's SpanExporter, " +
      'or an array of these, got ["none","otlp"]. Leave it out to send OTLP to localhost:4318, or use \'none\' to send nothing.',
  ],
  [
    { exporter: 'Console, otlp' },
    'exporter must be otlp, zipkin, console, none, an exporter such as otlpExporter() from @waymark/core/otlp, ' +
      "an OpenTelemetry SDK's SpanExporter, " +
      `or an array of these, got "Console, otlp". Use ['console', 'otlp'].`,
  ],
  [{ sampler: 0.1 }, `sampler must be ${samplerForms}, got 0.1. Use { name: 'parentbased_traceidratio', ratio: 0.1 }.`],
  [{ sampler: 10 }, `sampler must be ${samplerForms}, got 10. Leave it out to record every trace.`],
  [{ sampler: 'alwayson' }, `sampler must be ${samplerForms}, got "alwayson". Did you mean always_on?`],
  [{ sampler: 'toString' }, `sampler must be ${samplerForms}, got "toString". Leave it out to record every trace.`],
  [
    { propagators: ['ottrace'] },
    `propagators must be ${formats}, none, your own propagator, or an array of these, got ["ottrace"]. ` +
      "Leave it out to use ['tracecontext', 'baggage'].",
  ],
  [
    { propagators: 'b3-multi' },
    `propagators must be ${formats}, none, your own propagator, or an array of these, got "b3-multi". Did you mean b3?`,
  ],
  [
    { propagators: 'b3,baggage' },
    `propagators must be ${formats}, none, your own propagator, or an array of these, got "b3,baggage". ` +
      "Use ['b3', 'baggage'].",
  ],
  [
    { limits: { eventCount: -1 } },
    'limits.eventCount must be a whole number of at least 0, got -1. Leave it out to use 128.',
  ],
  [
    { limits: { eventCount: Number.NaN } },
    'limits.eventCount must be a whole number of at least 0, got NaN. Leave it out to use 128.',
  ],
  [
    { limits: { attributeValueLength: '10' } },
    'limits.attributeValueLength must be a whole number of at least 0, got "10". Leave it out for no limit.',
  ],
  [{ limits: 5 }, 'limits must be an object, got 5. Leave it out to use the defaults.'],
  [
    { logLevel: 'loud' },
    'logLevel must be one of none, error, warn, info, debug, verbose, all, got "loud". Leave it out to use info.',
  ],
  [{ log: 'stderr' }, 'log must be a function, got "stderr". Leave it out to write to standard error.'],
  [{ flushOnExit: 0 }, 'flushOnExit must be true or false, got 0. Leave it out to use true.'],
  [
    { clock: { wallMs: Date.now } },
    "clock must be an object with the methods wallMs and monotonicMs, got {}. Leave it out to use the system's clocks.",
  ],
  [
    { idGenerator: null },
    'idGenerator must be an object with the methods traceId and spanId, got null. Leave it out for random ids.',
  ],
])('refuses %j', (options, message) => {
  const { code, message: got } = errorOf(options);
  expect([code, got]).toEqual(['WAYMARK_INVALID_OPTION', `${message} (WAYMARK_INVALID_OPTION)`]);
});

test.each([[null], [[]], ['orders'], [5]])('refuses %j in place of the options', (options) => {
  expect(() => resolveTracerSettings(options as TracerOptions, createDiagnostics)).toThrow(
    `options must be an object, got ${JSON.stringify(options)}. Leave it out to use the defaults. (WAYMARK_INVALID_OPTION)`,
  );
});

test.each([
  [{ servicename: 'a' }, 'There is no option servicename. Did you mean serviceName?'],
  [{ service: 'a' }, 'There is no option service. Did you mean serviceName?'],
  [{ exporters: [] }, 'There is no option exporters. Did you mean exporter?'],
  [
    { limits: { spans: 1 } },
    'There is no option limits.spans. The options are attributeCount, attributeValueLength, attributeValueDepth, eventCount, linkCount, ' +
      'attributeCountPerEvent, attributeCountPerLink.',
  ],
  [{ limits: { eventcount: 1 } }, 'There is no option limits.eventcount. Did you mean limits.eventCount?'],
])('refuses the unknown option in %j', (options, message) => {
  const { code, message: got } = errorOf(options);
  expect([code, got]).toEqual(['WAYMARK_UNKNOWN_OPTION', `${message} (WAYMARK_UNKNOWN_OPTION)`]);
});

test('lists the names of its options, for adapters', () => {
  expect(tracerOptionNames).toEqual([
    'disabled',
    'serviceName',
    'resource',
    'exporter',
    'sampler',
    'propagators',
    'libraries',
    'codeAttributes',
    'limits',
    'onStart',
    'onEnding',
    'spanProcessors',
    'logLevel',
    'log',
    'flushOnExit',
    'clock',
    'idGenerator',
    'env',
  ]);
});

test('prints the settings in force and where each came from', () => {
  const { settings } = resolve({
    serviceName: 'orders',
    exporter: [exporter],
    env: { OTEL_PROPAGATORS: 'baggage', OTEL_TRACES_SAMPLER: 'always_on', OTEL_RESOURCE_ATTRIBUTES: 'a=1' },
  });
  expect(describeSettings(settings.origins)).toBe(
    [
      'disabled                       false  (default)',
      'serviceName                    orders  (code)',
      'resource                       {"a":"1"}  (OTEL_RESOURCE_ATTRIBUTES)',
      'exporter                       mine  (code)',
      'sampler                        AlwaysOnSampler  (OTEL_TRACES_SAMPLER)',
      'propagators                    baggage  (OTEL_PROPAGATORS)',
      'libraries                      all  (default)',
      'codeAttributes                 false  (default)',
      'limits.attributeCount          128  (default)',
      'limits.attributeValueLength    no limit  (default)',
      'limits.attributeValueDepth     30  (default)',
      'limits.eventCount              128  (default)',
      'limits.linkCount               128  (default)',
      'limits.attributeCountPerEvent  128  (default)',
      'limits.attributeCountPerLink   128  (default)',
      'onStart                        not set  (default)',
      'onEnding                       not set  (default)',
      'spanProcessors                 none  (default)',
      'logLevel                       info  (default)',
      'log                            a function (log)  (code)',
      'flushOnExit                    true  (default)',
      'clock                          not set  (default)',
      'idGenerator                    not set  (default)',
    ].join('\n'),
  );
});

// The marks that tracers leave, as they were found in the versions that docs/other-tracers.md names: `npm run other-tracers`
// starts the tracers themselves.
import Module from 'node:module';
import { setImmediate as turn } from 'node:timers/promises';
import type { HttpOptions } from './http/http-options.ts';
import { createHttpTracing } from './http/http-tracing.ts';
import type { TracerOptions } from './options.ts';
import { findOtherTracers } from './other-tracers.ts';

const cache = (Module as unknown as { _cache: Record<string, unknown> })._cache; // Node's
const newRelicFile = '/srv/app/node_modules/newrelic/index.js';
const openTelemetry = Symbol.for('opentelemetry.js.api.1');
const elastic = Symbol('ElasticAPMAgentInitialized');
const marks = globalThis as unknown as Record<string | symbol, unknown>;

afterEach(() => {
  delete marks._ddtrace;
  delete marks.__SENTRY__;
  delete marks[openTelemetry];
  delete marks[elastic];
  delete cache[newRelicFile];
});

function sentry(options: object): void {
  const client = { getOptions: () => options };
  marks.__SENTRY__ = { version: '11.12.0', '11.12.0': { defaultCurrentScope: { getClient: () => client } } };
}

function registerOpenTelemetry(...fields: readonly string[]): void {
  marks[openTelemetry] = { trace: {}, propagation: { fields: () => fields } };
}

test('finds none in a process that has none', () => {
  expect(findOtherTracers()).toEqual([]);
});

test('finds each that was started', () => {
  marks._ddtrace = { _tracingInitialized: true };
  registerOpenTelemetry('traceparent', 'tracestate', 'baggage');
  cache[newRelicFile] = { exports: { agent: {} } };
  marks[elastic] = true;
  sentry({ propagateTraceparent: true });
  expect(findOtherTracers()).toEqual([
    'dd-trace',
    "OpenTelemetry's SDK",
    "New Relic's agent",
    "Elastic's APM agent",
    "Sentry's SDK",
  ]);
});

test('raises no alarm over one that is loaded and not started, or writes no traceparent', () => {
  marks._ddtrace = { _tracingInitialized: false };
  registerOpenTelemetry('sentry-trace', 'baggage');
  cache[newRelicFile] = { exports: {} };
  sentry({ tracesSampleRate: 1 });
  expect(findOtherTracers()).toEqual([]);
});

test('survives marks of shapes that it does not know', () => {
  const fail = (): never => {
    throw new Error('no');
  };
  const throwing = Object.defineProperties(
    {},
    {
      _tracingInitialized: { get: fail },
      version: { get: fail },
      trace: { get: fail },
      propagation: { get: fail },
      exports: { get: fail },
    },
  );
  for (const odd of [null, 7, 'text', throwing, { trace: 1, propagation: { fields: fail } }]) {
    marks._ddtrace = odd;
    marks.__SENTRY__ = odd;
    marks[openTelemetry] = odd;
    cache[newRelicFile] = odd;
    expect(findOtherTracers()).toEqual([]);
  }
});

describe('the warning', () => {
  async function warningsOf(options: HttpOptions & TracerOptions): Promise<readonly string[]> {
    const lines: string[] = [];
    createHttpTracing({ ...options, exporter: [], env: {}, flushOnExit: false, log: (line) => lines.push(line) });
    // Started by the line behind tracing().
    marks._ddtrace = { _tracingInitialized: true };
    await turn();
    return lines;
  }

  test('is left out if existingTraceHeaders is set, or no call carries our headers', async () => {
    expect(await warningsOf({ existingTraceHeaders: 'keep' })).toEqual([]);
    expect(await warningsOf({ existingTraceHeaders: 'replace' })).toEqual([]);
    expect(await warningsOf({ outbound: false })).toEqual([]);
    expect(await warningsOf({ disabled: true })).toEqual([]);
  });

  test('says once what follows, and what to do', async () => {
    expect(await warningsOf({})).toEqual([
      'waymark warn: dd-trace traces this process too. Outbound calls carry its traceparent, not ours, so that the spans of the ' +
        "next services hang below spans that are missing here. Turn one of the two off, or set existingTraceHeaders: 'replace' " +
        "in tracing(); 'keep' leaves it so, without this warning. See docs/other-tracers.md",
    ]);
    expect(await warningsOf({})).toEqual([]);
  });

  test('refuses a value that it does not know', () => {
    expect(() => createHttpTracing({ existingTraceHeaders: 'ours' as never })).toThrow(
      "existingTraceHeaders must be 'keep' or 'replace', got \"ours\". Leave it out to use 'keep'. (WAYMARK_INVALID_OPTION)",
    );
  });
});

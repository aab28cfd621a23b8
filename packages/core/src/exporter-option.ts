/** The `exporter` option: names, exporters of this package's kind, and exporters of OpenTelemetry. */
import { describeValue, nameOf } from './errors.ts';
import type { SpanExporter } from './exporter.ts';
import type { OpenTelemetrySpanExporter } from './open-telemetry-types.ts';
import { readProperty } from './read-property.ts';
import { namedList } from './settings/named-values.ts';
import { type Form, printValue, Unreadable } from './settings/setting.ts';

/** Exporters that the `exporter` option takes by name. */
export type ExporterName = 'otlp' | 'zipkin' | 'console';

/** One exporter, as the option takes it. */
export type GivenExporter = ExporterName | SpanExporter | OpenTelemetrySpanExporter;

const list = namedList<GivenExporter>(
  { otlp: 'otlp', zipkin: 'zipkin', console: 'console' } satisfies Record<ExporterName, ExporterName>,
  {
    is: (value): value is SpanExporter | OpenTelemetrySpanExporter =>
      isExporter(value) || isOpenTelemetryExporter(value),
    description: "an exporter such as otlpExporter() from @waymark/core/otlp, an OpenTelemetry SDK's SpanExporter",
  },
);

export const exporterForm: Form<readonly GivenExporter[]> = {
  ...list,
  check(given, surroundings) {
    const checked = list.check(given, surroundings);
    if (!(checked instanceof Unreadable)) return checked;
    const remedy = [given].flat().map(remedyFor).find(Boolean) ?? checked.remedy;
    const shown = isAnyExporter(given) ? `an object (${nameOfExporter(given)})` : describeValue(withoutObjects(given));
    return new Unreadable(checked.expected, remedy, shown);
  },
};

/** For what is nearly an exporter. */
function remedyFor(one: unknown): string | undefined {
  if (typeof one === 'function' && typeof readProperty(readProperty(one, 'prototype'), 'export') === 'function') {
    return `Pass an instance: new ${nameOf(one)}().`;
  }
  if (typeof readProperty(one, 'onEnd') === 'function') {
    return 'It is a span processor. Pass it in spanProcessors: [processor].';
  }
  if (!isAnyExporter(one) || isExporter(one) || isOpenTelemetryExporter(one)) return undefined;
  if (isOfMetrics(one)) return 'It is an exporter of metrics. Leave it where it is, and pass one of spans.';
  return 'An exporter of your own needs name, export(span) and stats(); one of OpenTelemetry needs export(spans, callback) and shutdown().';
}

/** The exporters in force, by their names. */
export function showExporters(value: unknown): string {
  return printValue(withoutObjects(value));
}

/** With names in place of exporters: the fields of one of OpenTelemetry contain its headers, and so its secrets. */
function withoutObjects(given: unknown): unknown {
  if (Array.isArray(given)) return given.map((one) => (isAnyExporter(one) ? nameOfExporter(one) : one));
  return isAnyExporter(given) ? nameOfExporter(given) : given;
}

function isAnyExporter(value: unknown): value is object {
  return typeof value === 'object' && typeof readProperty(value, 'export') === 'function';
}

function isExporter(value: unknown): value is SpanExporter {
  return (
    isAnyExporter(value) &&
    typeof readProperty(value, 'stats') === 'function' &&
    typeof readProperty(value, 'name') === 'string'
  );
}

/** Whether a value has the shape of `SpanExporter` in OpenTelemetry's SDK, and is not an exporter of ours. */
export function isOpenTelemetryExporter(value: unknown): value is OpenTelemetrySpanExporter {
  if (!isAnyExporter(value) || typeof readProperty(value, 'shutdown') !== 'function') return false;
  if (typeof readProperty(value, 'stats') === 'function' || isOfMetrics(value)) return false;
  // An exporter of ours without `stats` is a mistake. It has a name, and takes a span and no callback.
  return typeof readProperty(value, 'name') !== 'string' || readProperty(readProperty(value, 'export'), 'length') !== 1;
}

/** `PushMetricExporter` of the SDK has the methods of a `SpanExporter`, and more. */
function isOfMetrics(exporter: object): boolean {
  return ['selectAggregation', 'selectAggregationTemporality'].some(
    (method) => typeof readProperty(exporter, method) === 'function',
  );
}

/** The name of an exporter for statistics and messages: its own, or that of its class, such as `OTLPTraceExporter`. */
export function nameOfExporter(exporter: object): string {
  const own = readProperty(exporter, 'name');
  if (typeof own === 'string' && own !== '') return own;
  const maker = readProperty(exporter, 'constructor');
  const name = typeof maker === 'function' ? nameOf(maker) : 'anonymous';
  return name === 'anonymous' || name === 'Object' ? 'opentelemetry' : name;
}

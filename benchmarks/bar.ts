// The limits that Waymark is measured against, and whether it meets them.
import { figure, table } from './markdown.ts';

interface Demand {
  readonly what: string;
  /** The figure's name in a section's figures. */
  readonly name: string;
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly of: string;
}

const otel = "OpenTelemetry's";
const ddTrace = "dd-trace's";
const minimum = "the minimum's";

const demands: readonly Demand[] = [
  ...(['fastify', 'express'] as const).flatMap((framework): Demand[] => [
    { what: `${framework}, plain route, sampled`, name: `${framework}-plain/opentelemetry`, atMost: 1 / 12, of: otel },
    { what: `${framework}, plain route, sampled`, name: `${framework}-plain/dd-trace`, atMost: 1 / 8, of: ddTrace },
    { what: `${framework}, plain route, sampled`, name: `${framework}-plain/minimum`, atMost: 1.3, of: minimum },
    {
      what: `${framework}, outbound call and own span`,
      name: `${framework}-outbound/opentelemetry`,
      atMost: 1 / 5,
      of: otel,
    },
    {
      what: `${framework}, outbound call and own span`,
      name: `${framework}-outbound/minimum`,
      atMost: 1.3,
      of: minimum,
    },
    {
      what: `${framework}, plain route, 1 % sampled`,
      name: `${framework}-plain/one-percent`,
      atMost: 1 / 20,
      of: otel,
    },
  ]),
  { what: 'span with 12 attributes: start, end, encode', name: 'span', atMost: 1 / 8, of: otel },
  { what: 'read one `traceparent`', name: 'read-traceparent', atMost: 1 / 3, of: otel },
  { what: 'write one `traceparent`', name: 'write-traceparent', atMost: 1 / 3, of: otel },
  { what: 'dropped span, time', name: 'dropped-span', atMost: 1 / 10, of: otel },
  { what: 'dropped span, bytes allocated', name: 'dropped-span-bytes', atMost: 8, of: 'a byte' },
  { what: 'encode, spans per second', name: 'encode', atLeast: 6, of: otel },
  { what: 'encode, bytes per span', name: 'encode-bytes', atMost: 1, of: otel },
  ...(['active', 'started', 'carried'] as const).flatMap((name): Demand[] => [
    { what: `OpenTelemetry's API, ${name} span`, name: `bridge-${name}/waymark`, atMost: 1.5, of: 'our own' },
    { what: `OpenTelemetry's API, ${name} span`, name: `bridge-${name}/opentelemetry`, atMost: 1 / 4, of: "the SDK's" },
  ]),
  { what: 'worst `end()`: 99.99th percentile', name: 'end-9999', atMost: 20, of: 'the median' },
  { what: 'heap after 1 million requests', name: 'soak-heap', atMost: 1.05, of: 'that after 10 thousand' },
  { what: 'added CPU, 256 connections', name: 'load-connections', atMost: 1.2, of: 'that with 16' },
  { what: 'added CPU, 20 middlewares', name: 'load-middlewares', atMost: 1.2, of: 'that with none' },
];

export function drawBar(figures: Readonly<Record<string, number>>): string {
  const rows = demands.map(({ what, name, atMost, atLeast, of }) => {
    const value = figures[name];
    const limit = atMost === undefined ? `at least ${show(atLeast ?? 0)}` : `at most ${show(atMost)}`;
    if (value === undefined || !Number.isFinite(value)) return [what, `${limit} × ${of}`, '–', 'not measured'];
    const isMet = value <= (atMost ?? Number.POSITIVE_INFINITY) && value >= (atLeast ?? Number.NEGATIVE_INFINITY);
    return [what, `${limit} × ${of}`, show(value), isMet ? 'met' : '**missed**'];
  });
  return table(['', 'demanded', 'measured', ''], rows);
}

/** Small ratios read better as fractions. */
function show(value: number): string {
  return value > 0 && value < 0.6 ? `1/${figure(1 / value)}` : figure(value);
}
